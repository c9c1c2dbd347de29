// Appends to several streams at once, which the newer client has.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { all, events, numbers, unique, withClient } from "./clients.mjs";

withClient("several streams at once", (api, client, dispose) => {
  const db = client();
  after(dispose);
  const skip = !db.appendRecords && "this client does not have it";
  const { ANY, NO_STREAM, STREAM_EXISTS } = api;
  const record = (streamName, number = 0, metadata) =>
    ({ streamName, record: api.jsonEvent({ type: "Several", data: { number }, metadata }) });
  const check = (streamName, expectedState) => ({ type: api.STREAM_STATE, streamName, expectedState });
  const isViolation = (count, stream) => (error) => {
    assert.ok(error instanceof api.AppendConsistencyViolationError, `${error}`);
    assert.equal(error.violations.length, count);
    assert.equal(error.violations[0].streamName, stream);
    return true;
  };

  test("a session appends to all or none", { skip }, async () => {
    const [a, b] = [unique("a"), unique("b")];
    const result = await db.multiStreamAppend([
      { streamName: a, events: events(api, 3), expectedState: NO_STREAM },
      { streamName: b, events: events(api, 2), expectedState: ANY },
    ]);
    assert.deepEqual(result.responses, [{ streamName: a, revision: 2n }, { streamName: b, revision: 1n }]);
    assert.equal((await all(db.readStream(b))).at(-1).event.position.commit, result.position);
    await assert.rejects(db.multiStreamAppend([
      { streamName: a, events: events(api, 1), expectedState: 2n },
      { streamName: b, events: events(api, 1), expectedState: 7n },
    ]), (error) => {
      assert.ok(error instanceof api.WrongExpectedVersionError, `${error}`);
      assert.equal(error.streamName, b);
      return true;
    });
    assert.equal((await all(db.readStream(a))).length, 3);
  });

  test("a session once more is answered as the first time", { skip }, async () => {
    const [a, b] = [unique("a"), unique("b")];
    const requests = [
      { streamName: a, events: events(api, 2), expectedState: NO_STREAM },
      { streamName: b, events: events(api, 1), expectedState: NO_STREAM },
    ];
    assert.deepEqual(await db.multiStreamAppend(requests), await db.multiStreamAppend(requests));
    assert.equal((await all(db.readStream(a))).length, 2);
  });

  test("records take turns, and keep their order and metadata", { skip }, async () => {
    const [a, b] = [unique("a"), unique("b")];
    const result = await db.appendRecords([0, 1, 2, 3, 4].map((n) => record(n % 2 ? b : a, n, { by: "till" })));
    assert.equal(result.responses.find(({ streamName }) => streamName === a).revision, 2n);
    assert.equal(result.responses.find(({ streamName }) => streamName === b).revision, 1n);
    const [inA, inB] = [await all(db.readStream(a)), await all(db.readStream(b))];
    assert.deepEqual([numbers(inA), numbers(inB)], [[0, 2, 4], [1, 3]]);
    assert.deepEqual(inA[0].event.metadata, { by: "till", "$schema.format": "Json", "$schema.name": "Several" });
    const positions = [inA[0], inB[0], inA[1], inB[1], inA[2]].map(({ event }) => event.position.commit);
    assert.deepEqual(positions, positions.map((_, i) => positions[0] + BigInt(i)));
  });

  test("checks hold for streams that are written and others", { skip }, async () => {
    const [there, gone, closed, none] = ["there", "gone", "closed", "none"].map(unique);
    await db.appendRecords([0, 1, 2].map((n) => record(there, n)));
    for (const stream of [gone, closed]) await db.appendToStream(stream, events(api, 1));
    await db.deleteStream(gone);
    await db.tombstoneStream(closed);
    const append = (...checks) => db.appendRecords([record(unique("w"))], checks);
    await append(check(there, 2n), check(there, STREAM_EXISTS), check(none, NO_STREAM), check(gone, NO_STREAM), check(closed, NO_STREAM));
    await assert.rejects(append(check(there, NO_STREAM)), isViolation(1, there));
    await assert.rejects(append(check(there, 1n)), isViolation(1, there));
    await assert.rejects(append(check(none, STREAM_EXISTS), check(there, 9n)), isViolation(2, none));
    await assert.rejects(append(check(gone, STREAM_EXISTS)), isViolation(1, gone));
    await assert.rejects(append(check(closed, 0n)), isViolation(1, closed));
    await assert.rejects(db.appendRecords([record(closed)]), api.StreamTombstonedError);
    await db.appendRecords([record(gone, 5)], [check(gone, NO_STREAM)]);
    assert.deepEqual(numbers(await all(db.readStream(gone))), [5]);
  });

  test("of two that decide on the same, one wins", { skip }, async () => {
    const decided = unique("decided");
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) =>
      db.appendRecords([record(decided, n), record(unique("other"), n)], [check(decided, NO_STREAM)])));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await all(db.readStream(decided))).length, 1);
  });

  test("what is too large is told with its bound", { skip }, async () => {
    const large = (bytes) => ({ streamName: unique("l"), record: api.binaryEvent({ type: "L", data: Buffer.alloc(bytes) }) });
    await assert.rejects(db.appendRecords([large(1100 << 10)]), api.AppendRecordSizeExceededError);
    await assert.rejects(db.appendRecords([large(600 << 10), large(600 << 10)]), api.TransactionMaxSizeExceededError);
  });

  test("names of mlup's own services are not written", { skip }, async () => {
    await assert.rejects(db.appendRecords([record("person-7")]), api.AccessDeniedError);
  });
});
