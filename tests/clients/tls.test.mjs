// TLS: who the server is stands in its certificate, who calls in the password; run.py has made both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { after, test } from "node:test";
import { all, events, numbers, take, unique, until, withClient } from "./clients.mjs";

// Certificates, addresses of the two servers and the token of the subscriber.
const { folder, tls, mutual, token, edge } = JSON.parse(process.env.MLUP_TLS);
const pem = (name) => encodeURIComponent(`${folder}/${name}`);
const issuer = `&tlsCAFile=${pem("issuer.crt")}`;
const certificate = `&userCertFile=${pem("caller.crt")}&userKeyFile=${pem("caller.key")}`;

withClient("TLS", (api, client, dispose) => {
  const connect = (who, trust = issuer, { scheme, address = tls } = {}) =>
    client(trust, { scheme, at: `${who && `${who}@`}localhost:${address.split(":").at(-1)}?tls=true` });
  const db = connect(`anybody:${token}`);
  after(dispose);
  const { AccessDeniedError, START, UnavailableError } = api;

  // Every way in: each has its own path through the clients.
  const calls = {
    append: (db) => db.appendToStream(unique("tls"), events(api, 1)),
    read: (db) => all(db.readStream(unique("tls"))),
    "read of all": (db) => all(db.readAll({ maxCount: 1 })),
    subscription: (db) => until(db.subscribeToAll(), "caughtUp"),
    group: (db) => db.createPersistentSubscriptionToStream(unique("tls"), "g", api.persistentSubscriptionToStreamSettingsFromDefaults()),
  };
  const isDenied = (error) => error instanceof AccessDeniedError;
  // Some calls ask first what the server can do, and give gRPC's own error when nobody answers.
  const isLost = (error) => error instanceof UnavailableError || /UNAVAILABLE/.test(error.message);
  async function refused(db, isSo) {
    for (const [name, call] of Object.entries(calls)) {
      await assert.rejects(call(db), (error) => {
        assert.ok(isSo(error), `${name}: ${error.constructor.name}: ${error.message}`);
        return true;
      });
    }
  }

  test("append, read and follow", async () => {
    const stream = unique("tls");
    const subscription = db.subscribeToStream(stream);
    const found = take(subscription, 3);
    await db.appendToStream(stream, events(api, 3));
    assert.deepEqual(numbers(await found), [0, 1, 2]);
    assert.deepEqual(numbers(await all(db.readStream(stream))), [0, 1, 2]);
    await subscription.unsubscribe();
  });

  test("the consumers of a group are told with the name they called with", async () => {
    const stream = unique("tls");
    await db.createPersistentSubscriptionToStream(stream, "g", api.persistentSubscriptionToStreamSettingsFromDefaults());
    const subscription = db.subscribeToPersistentSubscriptionToStream(stream, "g");
    await new Promise((resolve, reject) => subscription.once("confirmation", resolve).once("error", reject));
    const { connections } = await db.getPersistentSubscriptionToStreamInfo(stream, "g");
    assert.deepEqual(connections.map(({ username }) => username), ["anybody"]);
    await subscription.unsubscribe();
    await db.deletePersistentSubscriptionToStream(stream, "g");
  });

  test("HTTP/1.1 has the same port and certificate", async () => {
    const ca = readFileSync(`${folder}/issuer.crt`);
    const port = Number(tls.split(":").at(-1));
    const body = await new Promise((resolve, reject) => {
      get({ host: "localhost", port, path: "/info", ca }, (response) => {
        let text = "";
        response.on("data", (data) => { text += data; });
        response.on("end", () => resolve(JSON.parse(text)));
      }).on("error", reject);
    });
    assert.equal(body.state, "leader");
  });

  test("a persistent subscription", async () => {
    const stream = unique("tls");
    await db.appendToStream(stream, events(api, 3));
    const settings = api.persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: START });
    await db.createPersistentSubscriptionToStream(stream, "g", settings);
    const subscription = db.subscribeToPersistentSubscriptionToStream(stream, "g");
    const found = await take(subscription, 3);
    assert.deepEqual(numbers(found), [0, 1, 2]);
    await subscription.ack(...found);
    await subscription.unsubscribe();
    await db.deletePersistentSubscriptionToStream(stream, "g");
  });

  test("the server is found by the name in its certificate", async () => {
    const found = connect(`anybody:${token}`, issuer, { scheme: "esdb+discover" });
    const stream = unique("tls");
    await found.appendToStream(stream, events(api, 1));
    assert.deepEqual(numbers(await all(found.readStream(stream))), [0]);
  });

  test("a wrong password is refused", () => refused(connect("anybody:wrong"), isDenied));
  test("no credentials are refused", () => refused(connect(""), isDenied));
  test("a server that is not trusted is not spoken to", () =>
    refused(connect(`anybody:${token}`, `&tlsCAFile=${pem("stranger.crt")}`), isLost));

  test("where the server wants it, a certificate of the caller's is needed too", async () => {
    await calls.append(connect(`anybody:${token}`, issuer + certificate, { address: mutual }));
    await refused(connect(`anybody:${token}`, issuer, { address: mutual }), isLost);
    await refused(connect("", issuer + certificate, { address: mutual }), isDenied);
  });

  test("through the edge with a certificate of the installation's own authority", { skip: !edge }, async () => {
    const trust = `&tlsCAFile=${encodeURIComponent(`${edge.certs}/authority.crt`)}`;
    const by = (path) => `${trust}&userCertFile=${encodeURIComponent(`${path}.crt`)}&userKeyFile=${encodeURIComponent(`${path}.key`)}`;
    const at = { address: edge.address };
    const through = connect(`anybody:${token}`, by(`${edge.certs}/caller`), at);
    const stream = unique("edge");
    const subscription = through.subscribeToStream(stream);
    const found = take(subscription, 3);
    await through.appendToStream(stream, events(api, 3));
    assert.deepEqual(numbers(await found), [0, 1, 2]);
    assert.deepEqual(numbers(await all(through.readStream(stream))), [0, 1, 2]);
    await subscription.unsubscribe();
    await refused(connect(`anybody:${token}`, trust, at), isLost);
    await refused(connect(`anybody:${token}`, by(edge.revoked), at), isLost);
    await refused(connect("anybody:wrong", by(`${edge.certs}/caller`), at), isDenied);
  });
});
