// Links: those of categories and types, and those that clients write.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { all, events, numbers, take, unique, until, withClient } from "./clients.mjs";

const letters = () => Array.from({ length: 12 }, () => String.fromCharCode(97 + Math.random() * 26)).join("");

withClient("links", (api, client, dispose) => {
  const db = client();
  after(dispose);
  const { BACKWARDS, END } = api;

  async function fill(category, count) {
    for (let number = 0; number < count; ++number) {
      await db.appendToStream(`${category}-${number % 3}`,
                              api.jsonEvent({ type: `${category}Type${number % 2}`, data: { number } }));
    }
  }

  test("a category links to all events of its streams, in order", async () => {
    const category = letters();
    await fill(category, 10);
    const found = await all(db.readStream(`$ce-${category}`, { resolveLinkTos: true }));
    assert.deepEqual(numbers(found), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(found.map(({ link }) => link.revision), Array.from({ length: 10 }, (_, i) => BigInt(i)));
    assert.equal(found[4].link.streamId, `$ce-${category}`);
    assert.equal(found[4].event.streamId, `${category}-1`);
    const from = await all(db.readStream(`$ce-${category}`, { resolveLinkTos: true, fromRevision: 6n, maxCount: 2 }));
    assert.deepEqual(numbers(from), [6, 7]);
    const back = { resolveLinkTos: true, direction: BACKWARDS };
    assert.deepEqual(numbers(await all(db.readStream(`$ce-${category}`, { ...back, fromRevision: END, maxCount: 3 }))),
                     [9, 8, 7]);
    assert.deepEqual(numbers(await all(db.readStream(`$ce-${category}`, { ...back, fromRevision: 2n }))), [2, 1, 0]);
  });

  test("a type links to all its events", async () => {
    const category = letters();
    await fill(category, 6);
    const found = await all(db.readStream(`$et-${category}Type1`, { resolveLinkTos: true }));
    assert.deepEqual(numbers(found), [1, 3, 5]);
  });

  test("without resolving, links are shown as they are", async () => {
    const category = letters();
    await fill(category, 2);
    const found = await all(db.readStream(`$ce-${category}`));
    assert.equal(found[1].event.type, "$>");
    assert.equal(Buffer.from(found[1].event.data).toString(), `0@${category}-1`);
    assert.equal(found[1].link, undefined);
  });

  test("a category can be followed, from any of its links", async () => {
    const category = letters();
    await fill(category, 4);
    const subscription = db.subscribeToStream(`$ce-${category}`, { resolveLinkTos: true, fromRevision: 1n });
    const found = take(subscription, 3);
    await until(subscription, "caughtUp");
    await db.appendToStream(`${category}-new`, api.jsonEvent({ type: "New", data: { number: 50 } }));
    assert.deepEqual(numbers(await found), [2, 3, 50]);
    assert.equal((await found)[2].link.revision, 4n);
    await subscription.unsubscribe();
  });

  test("links of many events keep their numbers", async () => {
    const category = letters();
    await db.appendToStream(`${category}-1`, events(api, 700));
    const found = await all(db.readStream(`$ce-${category}`, { resolveLinkTos: true, fromRevision: 650n }));
    assert.deepEqual(numbers(found), Array.from({ length: 50 }, (_, i) => 650 + i));
    assert.deepEqual(found.map(({ link }) => Number(link.revision)), Array.from({ length: 50 }, (_, i) => 650 + i));
  });

  test("a link to a deleted event has no event", async () => {
    const category = letters();
    await fill(category, 4);
    await db.deleteStream(`${category}-0`);
    const found = await all(db.readStream(`$ce-${category}`, { resolveLinkTos: true }));
    assert.deepEqual(found.map(({ event }) => event?.data.number), [undefined, 1, 2, undefined]);
    assert.ok(found.every(({ link }) => link));
  });

  test("links that clients write are resolved", async () => {
    const target = unique("target");
    const stream = unique("linked");
    await db.appendToStream(target, events(api, 2));
    const link = (text) => api.binaryEvent({ type: "$>", data: Buffer.from(text) });
    await db.appendToStream(stream, [link(`1@${target}`), link("0@nothing-here"), link("what")]);
    const found = await all(db.readStream(stream, { resolveLinkTos: true }));
    assert.deepEqual(found.map(({ event }) => event?.data.number), [1, undefined, undefined]);
    assert.deepEqual(found.map(({ link }) => link.revision), [0n, 1n, 2n]);
    assert.equal(found[0].event.streamId, target);
  });
});
