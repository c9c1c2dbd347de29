// A consumer of a group, over gRPC as any other: streams in both directions are nothing for a page.
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { GroupService, NackAction } from './generated/mlup/bus/v1/group_service_pb.js';
import { facts } from './browser.mjs';

// What is said, as it comes.
function said() {
  const waiting = [];
  let wake = () => undefined;
  return {
    say(kind, value) {
      waiting.push({ kind: { case: kind, value } });
      wake();
    },
    async* [Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift();
        await new Promise((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

// Takes part in a group as an actor; `deliver` is told each event and says what to do: 'ack', or a nack's action and reason.
export function consume(actor, group, consumer, deliver) {
  const transport = createGrpcTransport({
    baseUrl: `http://${facts.grpc}`,
    interceptors: [(next) => (request) => {
      request.header.set('Authorization', `Bearer ${facts.sessions[actor]}`);
      return next(request);
    }],
  });
  const control = new AbortController();
  const requests = said();
  requests.say('hello', { group, consumer, credits: 8 });
  const ended = (async () => {
    try {
      for await (const { deliveries } of createClient(GroupService, transport).consume(requests, { signal: control.signal })) {
        for (const { record } of deliveries) {
          const what = deliver(record);
          if (what === 'ack') requests.say('ack', { positions: [record.position] });
          else requests.say('nack', { positions: [record.position], action: NackAction[what.action], reason: what.reason });
        }
      }
    } catch (error) {
      if (!control.signal.aborted) throw error;
    }
  })();
  return async () => {
    control.abort();
    await ended;
  };
}
