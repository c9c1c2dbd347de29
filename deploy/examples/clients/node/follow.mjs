// Follows events with the unmodified client of EventStoreDB.
//
//   npm ci && node follow.mjs 127.0.0.1:2113 [--once]
//
// Prints one line of JSON for each event. Where it stands is kept in the file $MLUP_STATE [./mlup.position], after
// each event was handled. --once ends when all that is recorded has come.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { EventStoreDBClient, START, eventTypeFilter } from "@eventstore/db-client";

const [address, mode] = process.argv.slice(2);
const state = process.env.MLUP_STATE ?? "./mlup.position";

// Your work with one event. It must bear the same event twice: remember event.id, or make it harmless.
function handle(event) {
  console.log(JSON.stringify({ id: event.id, type: event.type, stream: event.streamId }));
}

function remember(position) {
  const { commit, prepare } = position;
  writeFileSync(`${state}.new`, JSON.stringify({ commit: `${commit}`, prepare: `${prepare}` }));
  renameSync(`${state}.new`, state); // The old place or the new one, never half of it.
}

function whereItStood() {
  if (!existsSync(state)) return START;
  const { commit, prepare } = JSON.parse(readFileSync(state, "utf8"));
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

const client = EventStoreDBClient.connectionString(`esdb://${address}?tls=false`);
const subscription = client.subscribeToAll({
  fromPosition: whereItStood(),
  filter: eventTypeFilter({ prefixes: ["mlup."], checkpointReached: async (_, position) => remember(position) }),
});
// The client connects anew by itself as long as it may.
subscription.on("error", (problem) => {
  console.error(`${problem.type ?? "error"}: ${problem.message}`);
  process.exitCode = 1;
});
if (mode === "--once") subscription.on("caughtUp", () => subscription.unsubscribe());
for await (const { event, commitPosition } of subscription) {
  if (event === undefined) continue;
  handle(event);
  remember(event.position ?? { commit: commitPosition, prepare: commitPosition });
}
await client.dispose();
