// The clients under test, and what their tests share.
import { randomUUID } from "node:crypto";
import { describe } from "node:test";

const address = process.env.MLUP_ESDB;
// One client a process: both keep their messages in the same global variable.
const wanted = process.env.MLUP_CLIENT;
const major = Number(process.versions.node.split(".")[0]);
export const deep = Boolean(process.env.MLUP_DEEP);

// Both speak the same protocol; the newer one reads through a second HTTP/2 stack, written in Rust.
const kinds = [
  { module: "@eventstore/db-client", minimum: 18, type: "EventStoreDBClient", scheme: "esdb" },
  { module: "@kurrent/kurrentdb-client", minimum: 20, type: "KurrentDBClient", scheme: "kurrentdb" },
];
const kind = kinds.find(({ module }) => module === wanted) ?? kinds[0];
const skip = major < kind.minimum && `${kind.module} needs Node ${kind.minimum}; this is ${process.version}`;
const api = skip ? undefined : await import(kind.module).then((loaded) => loaded.default ?? loaded);

// Runs `tests(api, client, dispose)`; client() is a new connection, dispose() ends all of them.
export function withClient(title, tests) {
  describe(`${title}, ${kind.module}`, { skip }, () => {
    const open = [];
    const client = (options = "", { scheme = kind.scheme, at = `${address}?tls=false` } = {}) => {
      const made = api[kind.type].connectionString(`${scheme}://${at}${options}`);
      open.push(made);
      return made;
    };
    if (!skip) tests(api, client, () => Promise.all(open.map((made) => made.dispose())));
  });
}

// What an append, a deletion or a tombstone expects of its stream: the clients name it differently.
export const expecting = (state) => ({ expectedRevision: state, streamState: state });

export const unique = (name) => `${name}-${randomUUID()}`;

export async function all(stream) {
  const found = [];
  for await (const resolved of stream) found.push(resolved);
  return found;
}

export function events(api, count, type = "Tested") {
  return Array.from({ length: count }, (_, number) => api.jsonEvent({ type, data: { number } }));
}

export const numbers = (found) => found.map(({ event }) => event.data.number);

// Resolves when `happened` was called with what it should be; fails after `ms`.
export function until(subscription, event, ms = 30_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} within ${ms} ms`)), ms);
    subscription.once(event, (...values) => {
      clearTimeout(timer);
      resolve(...values);
    });
    subscription.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

// The next `count` events of a subscription that `only` lets pass.
export function take(subscription, count, { ms = 30_000, only = () => true } = {}) {
  return new Promise((resolve, reject) => {
    const found = [];
    const timer = setTimeout(() => reject(new Error(`${found.length} of ${count} events within ${ms} ms`)), ms);
    subscription.on("data", (resolved) => {
      if (!only(resolved)) return;
      found.push(resolved);
      if (found.length === count) {
        clearTimeout(timer);
        resolve(found);
      }
    });
    subscription.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
