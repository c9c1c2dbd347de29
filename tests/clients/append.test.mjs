// Appends: what is expected, repetition, many at once, typed exceptions.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { all, events, expecting, numbers, take, unique, withClient } from "./clients.mjs";

withClient("appends", (api, client, dispose) => {
  const db = client();
  after(dispose);
  const { ANY, NO_STREAM, STREAM_EXISTS, WrongExpectedVersionError } = api;

  test("JSON and bytes come back as they were sent", async () => {
    const stream = unique("order");
    const json = api.jsonEvent({ type: "Placed", data: { sum: 12.5, note: "ទិញ" }, metadata: { by: "till-3" } });
    const bytes = api.binaryEvent({ type: "Scanned", data: Buffer.from([0, 1, 255]), metadata: Buffer.from([7]) });
    const result = await db.appendToStream(stream, [json, bytes]);
    assert.equal(result.success, true);
    assert.equal(result.nextExpectedRevision, 1n);
    const [first, second] = await all(db.readStream(stream));
    assert.deepEqual(first.event.data, json.data);
    assert.deepEqual(first.event.metadata, { by: "till-3" });
    assert.equal(first.event.id, json.id);
    assert.equal(first.event.type, "Placed");
    assert.equal(first.event.streamId, stream);
    assert.ok(Math.abs(Date.now() - Number(first.event.created)) < 60_000);
    assert.deepEqual(Buffer.from(second.event.data), Buffer.from([0, 1, 255]));
    assert.equal(second.event.isJson, false);
    assert.equal(second.event.position.commit, result.position.commit);
  });

  test("names may be any UTF-8", async () => {
    const stream = unique("កុមារ/ស្ទ្រីម one");
    await db.appendToStream(stream, events(api, 2));
    const found = await all(db.readStream(stream));
    assert.deepEqual(numbers(found), [0, 1]);
    assert.equal(found[0].event.streamId, stream);
  });

  test("what is expected decides", async () => {
    const stream = unique("expected");
    await assert.rejects(db.appendToStream(stream, events(api, 1), expecting(STREAM_EXISTS)), (error) => {
      assert.ok(error instanceof WrongExpectedVersionError);
      assert.equal(error.streamName, stream);
      return true;
    });
    await db.appendToStream(stream, events(api, 2), expecting(NO_STREAM));
    await db.appendToStream(stream, events(api, 1), expecting(1n));
    await db.appendToStream(stream, events(api, 1), expecting(STREAM_EXISTS));
    const last = await db.appendToStream(stream, events(api, 1), expecting(ANY));
    assert.equal(last.nextExpectedRevision, 4n);
    for (const [expectedRevision, expected] of [[NO_STREAM, "no_stream"], [2n, 2n], [99n, 99n]]) {
      await assert.rejects(db.appendToStream(stream, events(api, 1), expecting(expectedRevision)), (error) => {
        assert.ok(error instanceof WrongExpectedVersionError);
        assert.equal(error.actualVersion ?? error.actualState, 4n);
        assert.equal(error.expectedVersion ?? error.expectedState, expected);
        return true;
      });
    }
    assert.equal((await all(db.readStream(stream))).length, 5);
  });

  test("a failure can be a result", async () => {
    const quiet = client("&throwOnAppendFailure=false");
    const stream = unique("quiet");
    await quiet.appendToStream(stream, events(api, 1));
    const result = await quiet.appendToStream(stream, events(api, 1), expecting(NO_STREAM));
    assert.equal(result.success, false);
  });

  test("an append sent again changes nothing and is answered as the first time", async () => {
    const stream = unique("again");
    const batch = events(api, 3);
    for (const expectedRevision of [NO_STREAM, NO_STREAM, ANY]) {
      const result = await db.appendToStream(stream, batch, expecting(expectedRevision));
      assert.equal(result.nextExpectedRevision, 2n);
    }
    await db.appendToStream(stream, events(api, 1), expecting(2n));
    assert.equal((await db.appendToStream(stream, batch)).nextExpectedRevision, 2n);
    // A part of it, at the place where it stands.
    const part = await db.appendToStream(stream, batch.slice(1), expecting(0n));
    assert.equal(part.nextExpectedRevision, 2n);
    assert.equal((await all(db.readStream(stream))).length, 4);
  });

  test("streams of mlup's own services and of the system are not written", async () => {
    const id = randomUUID().replaceAll("-", "");
    for (const stream of [`case-${id}`, "person-7", "$ce-order", "$settings", `$$case-${id}`]) {
      await assert.rejects(db.appendToStream(stream, events(api, 1)), api.AccessDeniedError, stream);
    }
    await assert.rejects(db.appendToStream(unique("own"), events(api, 1, "mlup.cases.v1.CaseClosed")),
                         api.AccessDeniedError);
  });

  test("what is too large is refused with the bound", async () => {
    const large = api.jsonEvent({ type: "Large", data: { text: "x".repeat(1100 << 10) } });
    await assert.rejects(db.appendToStream(unique("large"), large), (error) => {
      assert.ok(error instanceof api.MaxAppendSizeExceededError);
      assert.equal(error.maxAppendSize, 1 << 20);
      return true;
    });
    const many = Array.from({ length: 8 }, () =>
      api.jsonEvent({ type: "Large", data: { text: "x".repeat(200 << 10) } }));
    await assert.rejects(db.appendToStream(unique("large"), many), api.MaxAppendSizeExceededError);
  });

  test("what 1 MiB holds is taken: one event, thousands of small ones, long names", async () => {
    const stream = unique("ordinary");
    const text = "x".repeat(300 << 10);
    await db.appendToStream(stream, api.jsonEvent({ type: "Ordinary", data: { text } }));
    await db.appendToStream(stream, api.binaryEvent({ type: "Largest", data: Buffer.alloc((1 << 20) - 100, 7) }));
    const [ordinary, largest] = await all(db.readStream(stream));
    assert.equal(ordinary.event.data.text, text);
    assert.equal(largest.event.data.length, (1 << 20) - 100);
    const many = unique("many");
    await db.appendToStream(many, events(api, 5000));
    assert.deepEqual(numbers(await all(db.readStream(many))), Array.from({ length: 5000 }, (_, i) => i));
    // 3 bytes a character.
    const long = unique("ក".repeat(300));
    await db.appendToStream(long, events(api, 2, "ប្រភេទ".repeat(20)));
    const found = await all(db.readStream(long));
    assert.equal(found[0].event.streamId, long);
    assert.equal((await all(db.readStream(`$et-${"ប្រភេទ".repeat(20)}`))).length >= 2, true);
    assert.equal((await all(db.readStream(`$ce-${"ក".repeat(300)}`))).length >= 2, true);
    await db.setStreamMetadata(long, { maxCount: 1 });
    assert.deepEqual(numbers(await all(db.readStream(long))), [1]);
    const subscription = db.subscribeToAll({ filter: api.streamNameFilter({ prefixes: ["ក".repeat(300)] }) });
    await take(subscription, 2);
    await subscription.unsubscribe();
  });

  test("an event id is whatever names a UUID", async () => {
    const id = randomUUID();
    const hex = id.replaceAll("-", "");
    for (const written of [id, id.toUpperCase(), hex, hex.toUpperCase(), `{${id}}`, `(${id})`]) {
      const stream = unique("ids");
      const event = api.jsonEvent({ type: "Named", data: {}, id: written });
      await db.appendToStream(stream, event);
      const [read] = await all(db.readStream(stream));
      assert.equal(read.event.id, id, written);
      // Whichever way it is written, it is the same event.
      const again = await db.appendToStream(stream, { ...event, id }, expecting(NO_STREAM));
      assert.equal(again.nextExpectedRevision, 0n);
    }
    const none = api.jsonEvent({ type: "Named", data: {}, id: "not-one" });
    await assert.rejects(db.appendToStream(unique("ids"), none));
  });

  test("a deadline that has passed is told before the size", async () => {
    const large = Array.from({ length: 4 }, () =>
      api.jsonEvent({ type: "Large", data: { text: "x".repeat(900 << 10) } }));
    await assert.rejects(db.appendToStream(unique("late"), large, { deadline: 1 }), (error) => {
      assert.ok(error instanceof api.DeadlineExceededError || error instanceof api.TimeoutError, `${error}`);
      return true;
    });
  });

  test("10,000 appends of 1 KiB at once, each within the client's own deadline", { timeout: 60_000 }, async () => {
    const name = unique("kib");
    const text = "x".repeat(1000);
    const started = Date.now();
    const results = await Promise.all(Array.from({ length: 10_000 }, (_, number) =>
      db.appendToStream(`${name}-${number % 1000}`, api.jsonEvent({ type: "One", data: { number, text } }))));
    console.log(`10,000 appends of 1 KiB took ${Date.now() - started} ms`);
    assert.ok(results.every(({ success }) => success));
  });

  test("10,000 appends at once to 1,000 streams", { timeout: 60_000 }, async () => {
    const name = unique("many");
    const started = Date.now();
    const results = await Promise.all(Array.from({ length: 10_000 }, (_, number) =>
      db.appendToStream(`${name}-${number % 1000}`, api.jsonEvent({ type: "One", data: { number } }))));
    console.log(`10,000 appends took ${Date.now() - started} ms`);
    assert.ok(results.every(({ success }) => success));
    const found = await all(db.readStream(`${name}-7`));
    assert.deepEqual(numbers(found).sort((a, b) => a - b), Array.from({ length: 10 }, (_, i) => i * 1000 + 7));
  });

  test("1,000 appends at once to one stream", { timeout: 60_000 }, async () => {
    const stream = unique("one");
    await Promise.all(events(api, 1000).map((event) => db.appendToStream(stream, event)));
    const found = await all(db.readStream(stream));
    assert.equal(new Set(numbers(found)).size, 1000);
    assert.deepEqual(found.map(({ event }) => event.revision), Array.from({ length: 1000 }, (_, i) => BigInt(i)));
  });

  test("credentials make a call of its own, with the same result", async () => {
    const stream = unique("single");
    const credentials = { username: "any", password: "any" };
    const batch = events(api, 2);
    await db.appendToStream(stream, batch, { credentials, ...expecting(NO_STREAM) });
    await assert.rejects(db.appendToStream(stream, events(api, 1), { credentials, ...expecting(5n) }),
                         WrongExpectedVersionError);
    assert.deepEqual(numbers(await all(db.readStream(stream))), [0, 1]);
  });
});
