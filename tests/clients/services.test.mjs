// What clients ask at their start besides streams: projections, health, who they are, the server over HTTP/1.1.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { all, events, unique, withClient } from "./clients.mjs";

const address = process.env.MLUP_ESDB;
const SYSTEM = ["$by_category", "$by_correlation_id", "$by_event_type", "$stream_by_category", "$streams"];

withClient("services", (api, client, dispose) => {
  const db = client();
  after(dispose);

  test("the projections of the system run", async () => {
    const listed = await db.listProjections();
    assert.deepEqual(listed.map(({ name }) => name).sort(), SYSTEM);
    for (const name of SYSTEM) {
      const status = await db.getProjectionStatus(name);
      assert.equal(status.name, name);
      assert.equal(status.projectionStatus, "Running");
      assert.equal(status.progress, 100);
      await db.enableProjection(name);
      assert.deepEqual(await db.getProjectionState(name), {});
    }
    await db.restartSubsystem();
  });

  test("there are no others, and none can be made or stopped", async () => {
    for (const call of ["getProjectionStatus", "enableProjection", "disableProjection", "getProjectionState"]) {
      await assert.rejects(db[call]("mine"), (error) => {
        assert.ok(error instanceof (api.NotFoundError ?? api.UnknownError) || /NOT_FOUND/.test(error.message), `${call}: ${error}`);
        return true;
      });
    }
    await assert.rejects(db.createProjection("mine", "fromAll()"));
    await assert.rejects(db.disableProjection("$by_category"));
  });

  test("HTTP/1.1 has the same port", async () => {
    const ask = (path, options) => fetch(`http://${address}${path}`, options);
    const info = await (await ask("/info")).json();
    assert.match(info.dbVersion, /^\d+\.\d+\.\d+$/);
    assert.equal(info.state, "leader");
    assert.deepEqual(await (await ask("/ping")).json(), { text: "Ping request successfully handled" });
    assert.equal((await ask("/health/live")).status, 204);
    assert.equal((await ask("/health/live?liveCode=200")).status, 200);
    const { members } = await (await ask("/gossip")).json();
    assert.equal(members.length, 1);
    assert.equal(members[0].state, "Leader");
    assert.equal(`${members[0].httpEndPointIp}:${members[0].httpEndPointPort}`, address);
    assert.equal((await ask("/streams/one")).status, 404);
    assert.equal((await ask("/ping", { method: "POST" })).status, 405);
  });

  test("every stream, by its first event", async () => {
    const stream = unique("first");
    await db.appendToStream(stream, events(api, 3));
    const found = (await all(db.readStream("$streams"))).map(({ event }) => Buffer.from(event.data).toString());
    assert.equal(found.filter((text) => text === `0@${stream}`).length, 1);
    assert.ok(!found.some((text) => text.startsWith("1@")));
    const [last] = await all(db.readStream("$streams", { direction: api.BACKWARDS, fromRevision: api.END, maxCount: 1, resolveLinkTos: true }));
    assert.equal(last.event.revision, 0n);
  });

  test("every event of a correlation", async () => {
    const id = unique("work");
    const made = [0, 1, 2].map((number) => api.jsonEvent({ type: "Tested", data: { number }, metadata: { $correlationId: id } }));
    await db.appendToStream(unique("a"), made.slice(0, 2));
    await db.appendToStream(unique("b"), made.slice(2));
    const found = await all(db.readStream(`$bc-${id}`, { resolveLinkTos: true }));
    assert.deepEqual(found.map(({ event }) => event.data.number), [0, 1, 2]);
  });

  test("the streams of a category", async () => {
    const category = unique("kind").replaceAll("-", "");
    for (const name of ["1", "2"]) await db.appendToStream(`${category}-${name}`, events(api, 2));
    const found = await all(db.readStream(`$category-${category}`));
    assert.deepEqual(found.map(({ event }) => [event.type, Buffer.from(event.data).toString()]),
                     [["$@", `${category}-1`], ["$@", `${category}-2`]]);
  });
});
