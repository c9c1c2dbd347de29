// Emmett's adapter: event-sourced applications on top of the client.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { unique } from "./clients.mjs";

const address = process.env.MLUP_ESDB;
const skip = process.env.MLUP_CLIENT === "@kurrent/kurrentdb-client" && "the adapter is made for @eventstore/db-client";

describe("Emmett", { skip }, async () => {
  const { EventStoreDBClient } = (await import("@eventstore/db-client")).default;
  const { $all, eventStoreDBEventStoreConsumer, getEventStoreDBEventStore } =
    await import("@event-driven-io/emmett-esdb");
  const { CommandHandler, STREAM_DOES_NOT_EXIST, STREAM_EXISTS, assertThrowsAsync } = await import("@event-driven-io/emmett");
  const connectionString = `esdb://${address}?tls=false`;
  const client = EventStoreDBClient.connectionString(connectionString);
  const store = getEventStoreDBEventStore(client);
  after(() => client.dispose());

  const added = (sum) => ({ type: "SumAdded", data: { sum } });
  const evolve = (state, { type, data }) => (type === "SumAdded" ? state + data.sum : state);
  const initialState = () => 0;

  test("appends, reads and folds a stream", async () => {
    const stream = unique("cart");
    const first = await store.appendToStream(stream, [added(1), added(2)], { expectedStreamVersion: STREAM_DOES_NOT_EXIST });
    assert.equal(first.nextExpectedStreamVersion, 1n);
    await store.appendToStream(stream, [added(4)], { expectedStreamVersion: 1n });
    await store.appendToStream(stream, [added(8)], { expectedStreamVersion: STREAM_EXISTS });
    const { events, currentStreamVersion, streamExists } = await store.readStream(stream);
    assert.deepEqual(events.map(({ data }) => data.sum), [1, 2, 4, 8]);
    assert.equal(currentStreamVersion, 3n);
    assert.equal(streamExists, true);
    assert.deepEqual((await store.readStream(stream, { from: 2n })).events.map(({ data }) => data.sum), [4, 8]);
    const { state } = await store.aggregateStream(stream, { evolve, initialState });
    assert.equal(state, 15);
  });

  test("a stream that is not there is empty", async () => {
    const { events, streamExists } = await store.readStream(unique("none"));
    assert.deepEqual(events, []);
    assert.equal(streamExists, false);
  });

  test("a conflict is Emmett's own error", async () => {
    const stream = unique("cart");
    await store.appendToStream(stream, [added(1)]);
    const error = await assertThrowsAsync(
      () => store.appendToStream(stream, [added(1)], { expectedStreamVersion: STREAM_DOES_NOT_EXIST }));
    assert.equal(error.errorCode, 412);
  });

  test("a command handler decides on what is stored", async () => {
    const stream = unique("cart");
    const handle = CommandHandler({ evolve, initialState });
    await handle(store, stream, (state) => added(state + 1));
    await handle(store, stream, (state) => [added(state + 1), added(0)]);
    const { newState, nextExpectedStreamVersion } = await handle(store, stream, (state) => added(state * 10));
    assert.equal(newState, 33);
    assert.equal(nextExpectedStreamVersion, 3n);
  });

  async function consume(from, append, count) {
    const seen = [];
    const consumer = eventStoreDBEventStoreConsumer({ connectionString, from });
    consumer.processor({
      processorId: unique("processor"),
      stopAfter: () => seen.length === count,
      eachMessage: (message) => { seen.push(message); },
    });
    const running = consumer.start();
    await append();
    await running;
    await consumer.close();
    return seen;
  }

  test("a consumer follows a category through its links", { timeout: 60_000 }, async () => {
    const category = `basket${Date.now()}`;
    await store.appendToStream(`${category}-1`, [added(1)]);
    const seen = await consume({ stream: `$ce-${category}`, options: { resolveLinkTos: true } },
                               () => store.appendToStream(`${category}-2`, [added(2)]), 2);
    assert.deepEqual(seen.map(({ data }) => data.sum), [1, 2]);
  });

  test("a consumer follows a type through its links", { timeout: 60_000 }, async () => {
    const type = `Typed${Date.now()}`;
    await store.appendToStream(unique("typed"), [{ type, data: { sum: 5 } }]);
    const seen = await consume({ stream: `$et-${type}`, options: { resolveLinkTos: true } },
                               () => store.appendToStream(unique("typed"), [{ type, data: { sum: 6 } }]), 2);
    assert.deepEqual(seen.map(({ data }) => data.sum), [5, 6]);
  });

  test("a consumer follows the whole log", { timeout: 60_000 }, async () => {
    const type = `All${Date.now()}`;
    const seen = await consume({ stream: $all, options: { filter: { filterOn: "eventType", prefixes: [type], checkpointInterval: 1 } } },
                               () => store.appendToStream(unique("all"), [{ type, data: { sum: 7 } }]), 1);
    assert.deepEqual(seen.map(({ data }) => data.sum), [7]);
  });
});
