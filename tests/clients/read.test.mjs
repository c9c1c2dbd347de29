// Reads of streams and of the whole log, both ways.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { all, events, numbers, unique, withClient } from "./clients.mjs";

const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);

withClient("reads", (api, client, dispose) => {
  const db = client();
  const stream = unique("read");
  const { BACKWARDS, END, FORWARDS } = api;
  let first;

  before(async () => {
    first = (await db.appendToStream(stream, events(api, 1))).position;
    // More than a page.
    for (let i = 0; i < 6; ++i) {
      const batch = range(1 + i * 100, 101 + i * 100).map((number) =>
        api.jsonEvent({ type: "Tested", data: { number } }));
      await db.appendToStream(stream, batch);
    }
  });
  after(dispose);

  test("a stream forwards", async () => {
    assert.deepEqual(numbers(await all(db.readStream(stream))), range(0, 601));
    const some = await all(db.readStream(stream, { direction: FORWARDS, fromRevision: 10n, maxCount: 5 }));
    assert.deepEqual(numbers(some), range(10, 15));
    assert.deepEqual(await all(db.readStream(stream, { fromRevision: 601n })), []);
  });

  test("what is read says where it stands in the log", async () => {
    const found = await all(db.readStream(stream));
    assert.equal(found[0].commitPosition, first.commit);
    for (const { commitPosition, event } of found) assert.equal(commitPosition, event.position.commit);
  });

  test("a stream backwards", async () => {
    const found = await all(db.readStream(stream, { direction: BACKWARDS, fromRevision: END }));
    assert.deepEqual(numbers(found), range(0, 601).reverse());
    const some = await all(db.readStream(stream, { direction: BACKWARDS, fromRevision: 10n, maxCount: 3 }));
    assert.deepEqual(numbers(some), [10, 9, 8]);
    assert.deepEqual(numbers(await all(db.readStream(stream, { direction: BACKWARDS, fromRevision: 0n }))), [0]);
  });

  test("a stream that is not there is a typed exception", async () => {
    await assert.rejects(all(db.readStream(unique("nothing"))), api.StreamNotFoundError);
    await assert.rejects(all(db.readStream("case-7")), api.StreamNotFoundError);
    await assert.rejects(all(db.readStream("$ce-nothing-like-this")), api.StreamNotFoundError);
  });

  test("the whole log forwards: from a position on, in order, system events too", async () => {
    await db.setStreamMetadata(stream, { custom: 1 });
    const found = await all(db.readAll({ fromPosition: first }));
    assert.equal(found[0].event.position.commit, first.commit);
    const positions = found.map(({ event }) => event.position.commit);
    assert.deepEqual(positions, [...positions].sort((a, b) => (a < b ? -1 : 1)));
    assert.equal(found.filter(({ event }) => event.streamId === stream).length, 601);
    assert.ok(found.some(({ event }) => event.type === "$metadata" && event.streamId === `$$${stream}`));
  });

  test("the whole log backwards: before a position", async () => {
    const [last] = await all(db.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
    const found = await all(db.readAll({ direction: BACKWARDS, fromPosition: last.event.position, maxCount: 10 }));
    assert.equal(found.length, 10);
    assert.ok(found.every(({ event }) => event.position.commit < last.event.position.commit));
    const nothing = { direction: BACKWARDS, fromPosition: { commit: 0n, prepare: 0n } };
    assert.deepEqual(await all(db.readAll(nothing)), []);
  });

  test("a server can be found by gossip", async () => {
    const found = client("", { scheme: "esdb+discover" });
    assert.equal((await all(found.readStream(stream, { maxCount: 3 }))).length, 3);
  });

  test("a read can be left", async () => {
    let count = 0;
    for await (const _ of db.readStream(stream)) {
      if (++count === 3) break;
    }
    assert.equal(count, 3);
  });

  test("reading and appending go on side by side", async () => {
    const reads = range(0, 20).map(() => all(db.readStream(stream, { maxCount: 50 })));
    const appends = range(0, 20).map(() => db.appendToStream(unique("aside"), events(api, 1)));
    for (const found of await Promise.all(reads)) assert.equal(found.length, 50);
    await Promise.all(appends);
  });
});
