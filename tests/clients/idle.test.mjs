// A subscription on which nothing happens: with the settings that gRPC servers have by default it is dropped after 40 s.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { deep, events, numbers, take, unique, until, withClient } from "./clients.mjs";

withClient("idle subscriptions", (api, client, dispose) => {
  after(dispose);
  const seconds = deep ? 600 : 60;

  test(`one is open after ${seconds} s`, { timeout: (seconds + 60) * 1000 }, async () => {
    const alone = client();
    const stream = unique("idle");
    const subscription = alone.subscribeToStream(stream);
    const found = take(subscription, 1, { ms: (seconds + 50) * 1000 });
    await until(subscription, "caughtUp");
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await client().appendToStream(stream, events(api, 1));
    assert.deepEqual(numbers(await found), [0]);
    await subscription.unsubscribe();
  });
});
