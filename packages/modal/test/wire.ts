// Counts the calls that this process sends, on the control plane and to sandboxes' routers alike: whatever grpc-js puts on HTTP/2;
// and the rounds in which they are sent, a round being what is sent before the next answer is in.

import type http2 from 'node:http2';
import { createRequire } from 'node:module';

type Connect = (...args: Parameters<typeof http2.connect>) => http2.ClientHttp2Session;

const calls: string[] = [];
/** The last round that an answer came from; another object each time somebody counts. */
let answered = { round: 0 };

// grpc-js holds the module object itself, so replacing a member of it is seen there.
const shared = createRequire(import.meta.url)('node:http2') as { connect: Connect };
const { connect } = shared;
shared.connect = (...args) => {
  const session = connect(...args);
  const request = session.request.bind(session);
  session.request = (headers, options) => {
    const path = String((headers as Record<string, unknown> | undefined)?.[':path']);
    calls.push(path.slice(path.lastIndexOf('/') + 1));
    const counted = answered;
    const round = counted.round + 1;
    const stream = request(headers, options);
    stream.once('response', () => (counted.round = Math.max(counted.round, round)));
    return stream;
  };
  return session;
};

/** The names of the calls that were sent while `action` ran. */
export async function callsOf(action: () => Promise<unknown>): Promise<string[]> {
  const before = calls.length;
  await action();
  return calls.slice(before);
}

/** How many times an answer had to be waited for while `action` ran. */
export async function roundsOf(action: () => Promise<unknown>): Promise<number> {
  const counted = { round: 0 };
  answered = counted;
  await action();
  return counted.round;
}
