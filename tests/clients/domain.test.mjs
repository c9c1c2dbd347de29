// mlup's own events, as a subscriber may see them; run.py has imported a quarter before.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { all, take, withClient } from "./clients.mjs";

const ours = (event) => event.type.startsWith("mlup.");

withClient("domain events", (api, client, dispose) => {
  const db = client();
  after(dispose);

  test("cases can be followed as a category", async () => {
    const found = await all(db.readStream("$ce-case", { resolveLinkTos: true }));
    assert.ok(found.length > 50);
    for (const { event, link } of found) {
      assert.match(event.streamId, /^case-[0-9a-f]{32}$/);
      assert.equal(event.isJson, true);
      assert.equal(event.metadata.mlup.type, event.type);
      assert.equal(BigInt(event.metadata.mlup.revision), event.revision + 1n);
      assert.equal(BigInt(event.metadata.mlup.position), event.position.commit);
      assert.equal(link.type, "$>");
    }
    const [{ event }] = found;
    const stream = await all(db.readStream(event.streamId));
    assert.equal(stream[0].event.revision, 0n);
    const subscription = db.subscribeToStream(event.streamId);
    assert.equal((await take(subscription, stream.length)).length, stream.length);
    await subscription.unsubscribe();
  });

  test("a type can be followed", async () => {
    const found = await all(db.readStream("$et-mlup.cases.v1.CaseOpened", { resolveLinkTos: true }));
    assert.ok(found.length > 5);
    assert.ok(found.every(({ event }) => event.type === "mlup.cases.v1.CaseOpened"));
  });

  test("nothing personal is shown, nor the log's own work", async () => {
    const needles = JSON.parse(readFileSync(process.env.MLUP_NEEDLES, "utf8"));
    assert.ok(needles.length > 100);
    const found = await all(db.readAll());
    const domain = found.map(({ event }) => event).filter(ours);
    assert.ok(domain.length > 1000);
    const text = JSON.stringify(domain.map(({ data, metadata }) => [data, metadata]));
    assert.deepEqual(needles.filter((needle) => text.includes(needle)), []);
    assert.ok(found.every(({ event }) => !/^(system|access)-/.test(event.streamId)));
  });
});
