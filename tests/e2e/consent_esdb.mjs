// Follows or reads the log for consent_faces.py with an unmodified client of EventStoreDB; one line of JSON an event.
//
//   node consent_esdb.mjs ADDRESS follow NACKED   everything, as a subscription and as a group that never takes the event NACKED
//   node consent_esdb.mjs ADDRESS read [STREAM…]  everything forwards and backwards, the streams, and the category of cases
import { BACKWARDS, END, EventStoreDBClient, RETRY, START, eventTypeFilter, persistentSubscriptionToAllSettingsFromDefaults }
  from "@eventstore/db-client";

const [address, mode, ...rest] = process.argv.slice(2);
const client = EventStoreDBClient.connectionString(`esdb://${address}?tls=false`);
const filter = eventTypeFilter({ prefixes: ["mlup."] });
const fail = (way, problem) => console.log(JSON.stringify({ way, problem: String(problem.type), message: problem.message }));
const tell = (way, event) => event && console.log(JSON.stringify({ way, id: event.id, type: event.type, stream: event.streamId,
  revision: Number(event.revision), data: event.data, metadata: event.metadata }));

async function follow(nacked) {
  let after = START;
  const subscribe = () => {
    const subscription = client.subscribeToAll({ fromPosition: after, filter });
    subscription.on("data", ({ event }) => {
      tell("all", event);
      after = event.position;
    });
    subscription.on("caughtUp", () => console.log(JSON.stringify({ way: "caught-up" })));
    subscription.on("error", (problem) => {
      fail("all", problem);
      setTimeout(subscribe, 200);
    });
  };
  subscribe();
  await client.createPersistentSubscriptionToAll("consent", persistentSubscriptionToAllSettingsFromDefaults(
    { startFrom: START, maxRetryCount: 100 }), { filter }).catch((problem) => {
    if (problem.type !== "persistent-subscription-exists") throw problem;
  });
  const consume = () => {
    const consumer = client.subscribeToPersistentSubscriptionToAll("consent");
    consumer.on("data", async (resolved) => {
      tell("group", resolved.event);
      const answer = resolved.event.id === nacked ? consumer.nack(RETRY, "not now", resolved) : consumer.ack(resolved);
      await answer.catch(() => {});
    });
    consumer.on("error", (problem) => {
      fail("group", problem);
      setTimeout(consume, 200);
    });
  };
  consume();
}

async function read(way, events) {
  try {
    for await (const { event } of events) tell(way, event);
  } catch (problem) {
    fail(way, problem);
  }
}

if (mode === "follow") {
  await follow(rest[0]);
} else {
  await read("backwards", client.readAll({ direction: BACKWARDS, fromPosition: END }));
  await read("forwards", client.readAll({ fromPosition: START }));
  for (const stream of rest) await read(stream, client.readStream(stream));
  await read("category", client.readStream("$ce-case", { resolveLinkTos: true }));
  await client.dispose();
}
