// Subscriptions: catching up, following, filters, checkpoints.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { events, numbers, take, unique, until, withClient } from "./clients.mjs";

withClient("subscriptions", (api, client, dispose) => {
  const db = client();
  after(dispose);
  const { END, START, excludeSystemEvents, eventTypeFilter, streamNameFilter } = api;

  test("history, then caught up, then what comes", async () => {
    const stream = unique("follow");
    await db.appendToStream(stream, events(api, 300));
    const subscription = db.subscribeToStream(stream, { fromRevision: START });
    const order = [];
    subscription.on("confirmation", () => order.push("confirmation"));
    subscription.on("caughtUp", () => order.push("caughtUp"));
    subscription.on("data", () => order.push("event"));
    const found = take(subscription, 302);
    await until(subscription, "caughtUp");
    assert.equal(order[0], "confirmation");
    assert.equal(order.indexOf("caughtUp"), 301);
    await db.appendToStream(stream, events(api, 2));
    assert.deepEqual((await found).map(({ event }) => Number(event.revision)), Array.from({ length: 302 }, (_, i) => i));
    await subscription.unsubscribe();
  });

  test("a stream that is not there yet can be followed", async () => {
    const stream = unique("later");
    const subscription = db.subscribeToStream(stream);
    const found = take(subscription, 2);
    await until(subscription, "caughtUp");
    await db.appendToStream(stream, events(api, 2));
    assert.deepEqual(numbers(await found), [0, 1]);
    await subscription.unsubscribe();
  });

  test("from a revision, and from the end", async () => {
    const stream = unique("from");
    await db.appendToStream(stream, events(api, 10));
    const later = db.subscribeToStream(stream, { fromRevision: 6n });
    assert.deepEqual(numbers(await take(later, 3)), [7, 8, 9]);
    await later.unsubscribe();
    const end = db.subscribeToStream(stream, { fromRevision: END });
    const found = take(end, 1);
    await until(end, "caughtUp");
    await db.appendToStream(stream, api.jsonEvent({ type: "Tested", data: { number: 77 } }));
    assert.deepEqual(numbers(await found), [77]);
    await end.unsubscribe();
  });

  test("a subscription ends when its stream is tombstoned", async () => {
    const stream = unique("ends");
    await db.appendToStream(stream, events(api, 1));
    const subscription = db.subscribeToStream(stream);
    subscription.on("data", () => {});
    await until(subscription, "caughtUp");
    const ended = new Promise((resolve) => subscription.once("error", resolve));
    await db.tombstoneStream(stream);
    assert.ok((await ended) instanceof api.StreamDeletedError);
  });

  test("the whole log after a position", async () => {
    const stream = unique("all");
    const { position } = await db.appendToStream(stream, events(api, 1));
    await db.appendToStream(stream, events(api, 3, "After"));
    const subscription = db.subscribeToAll({ fromPosition: position });
    const ours = ({ event }) => event.streamId === stream;
    const found = await take(subscription, 3, { only: ours });
    assert.deepEqual(found.map(({ event }) => event.type), ["After", "After", "After"]);
    await subscription.unsubscribe();
  });

  const cases = [
    ["prefixes of types", (mark) => eventTypeFilter({ prefixes: [`${mark}A`, `${mark}B`] }), ["A1", "B1", "A2"]],
    ["a regular expression on types", (mark) => eventTypeFilter({ regex: `^${mark}.*1$` }), ["A1", "B1", "C1"]],
    ["prefixes of streams", (mark) => streamNameFilter({ prefixes: [`${mark}b-`] }), ["B1"]],
    ["a regular expression on streams", (mark) => streamNameFilter({ regex: `^${mark}[ac]-` }), ["A1", "C1", "A2"]],
  ];
  for (const [title, make, expected] of cases) {
    test(`filtered by ${title}: history, caught up, and live`, async () => {
      const mark = `m${Date.now()}${Math.trunc(Math.random() * 1e6)}`;
      const append = (letter, number) => db.appendToStream(
        `${mark}${letter.toLowerCase()}-1`, api.jsonEvent({ type: `${mark}${letter}${number}`, data: {} }));
      await append("A", 1);
      await append("B", 1);
      await append("C", 1);
      const subscription = db.subscribeToAll({ fromPosition: START, filter: make(mark) });
      const found = take(subscription, expected.length);
      await until(subscription, "caughtUp");
      await append("A", 2);
      assert.deepEqual((await found).map(({ event }) => event.type.slice(mark.length)), expected);
      await subscription.unsubscribe();
    });
  }

  test("system events can be left out", async () => {
    const stream = unique("nosystem");
    const { position } = await db.appendToStream(stream, events(api, 1));
    await db.setStreamMetadata(stream, { colour: "blue" });
    await db.appendToStream(stream, events(api, 1, "Last"));
    const subscription = db.subscribeToAll({ fromPosition: position, filter: excludeSystemEvents() });
    const ours = ({ event }) => event.streamId.endsWith(stream);
    const [{ event }] = await take(subscription, 1, { only: ours });
    assert.equal(event.type, "Last");
    await subscription.unsubscribe();
  });

  test("checkpoints come at their interval, whatever matches", async () => {
    for (const matches of [true, false]) {
      const stream = unique("interval");
      const { position } = await db.appendToStream(stream, events(api, 1, "Start"));
      await db.appendToStream(stream, events(api, 320, matches ? "Interval" : "Other"));
      const reached = [];
      const filter = eventTypeFilter({
        prefixes: ["Interval"],
        maxSearchWindow: 32,
        checkpointInterval: 1,
        checkpointReached: async (_, at) => { reached.push(at.commit); },
      });
      const subscription = db.subscribeToAll({ fromPosition: position, filter });
      subscription.on("data", () => {});
      await until(subscription, "caughtUp");
      await subscription.unsubscribe();
      assert.ok(reached.length >= 10, `${matches}: ${reached.length}`);
      assert.deepEqual(reached.slice(0, 10), Array.from({ length: 10 }, (_, i) => position.commit + BigInt(32 * (i + 1))));
    }
  });

  test("checkpoints go on where nothing matches", async () => {
    const reached = [];
    let arrived = () => {};
    const filter = eventTypeFilter({
      prefixes: ["never-this-one"],
      checkpointInterval: 1,
      checkpointReached: async (_, position) => {
        reached.push(position.commit);
        arrived();
      },
    });
    const subscription = db.subscribeToAll({ fromPosition: START, filter });
    subscription.on("data", () => assert.fail("nothing matches"));
    await until(subscription, "caughtUp");
    const { position } = await db.appendToStream(unique("idle"), events(api, 1));
    const timer = setTimeout(() => assert.fail("no checkpoint"), 30_000);
    while (!(reached.at(-1) >= position.commit)) await new Promise((resolve) => { arrived = resolve; });
    clearTimeout(timer);
    await subscription.unsubscribe();
    assert.deepEqual(reached, [...reached].sort((a, b) => (a < b ? -1 : 1)));
  });
});
