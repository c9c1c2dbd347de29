// 10,000 appends of 1 KiB at once, each with the client's own deadline of 10 seconds; prints how long all took.
import { randomUUID } from "node:crypto";
import esdb from "@eventstore/db-client";

const client = esdb.EventStoreDBClient.connectionString(`esdb://${process.env.MLUP_ESDB}?tls=false`);
const name = randomUUID();
const text = "x".repeat(1000);
const started = performance.now();
const results = await Promise.all(Array.from({ length: 10_000 }, (_, number) =>
  client.appendToStream(`many-${name}-${number % 1000}`, esdb.jsonEvent({ type: "One", data: { number, text } }))));
console.log(Math.round(performance.now() - started));
await client.dispose();
process.exit(results.every(({ success }) => success) ? 0 : 1);
