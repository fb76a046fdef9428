// Counts the calls that this process sends, on the control plane and to sandboxes' routers alike: whatever grpc-js puts on HTTP/2.

import type http2 from 'node:http2';
import { createRequire } from 'node:module';

type Connect = (...args: Parameters<typeof http2.connect>) => http2.ClientHttp2Session;

const calls: string[] = [];

// grpc-js holds the module object itself, so replacing a member of it is seen there.
const shared = createRequire(import.meta.url)('node:http2') as { connect: Connect };
const { connect } = shared;
shared.connect = (...args) => {
  const session = connect(...args);
  const request = session.request.bind(session);
  session.request = (headers, options) => {
    const path = String((headers as Record<string, unknown> | undefined)?.[':path']);
    calls.push(path.slice(path.lastIndexOf('/') + 1));
    return request(headers, options);
  };
  return session;
};

/** The names of the calls that were sent while `action` ran. */
export async function callsOf(action: () => Promise<unknown>): Promise<string[]> {
  const before = calls.length;
  await action();
  return calls.slice(before);
}
