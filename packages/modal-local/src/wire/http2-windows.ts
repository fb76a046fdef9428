// Raises the receive windows of the server that is made meanwhile. grpc-js gives its servers no option for them (the
// one it has is read by clients only), and 64 KiB halve the speed of uploads. It looks `createServer` up in the module
// when it binds, and that is the only door.

import http2 from 'node:http2';

const STREAM_WINDOW = 4 * 1024 * 1024;
const SESSION_WINDOW = 16 * 1024 * 1024;

export async function withLargeWindows<T>(bind: () => Promise<T>): Promise<T> {
  const { createServer } = http2;
  const withWindows = (options: http2.ServerOptions) => {
    const server = createServer({ ...options, settings: { ...options.settings, initialWindowSize: STREAM_WINDOW } });
    return server.on('session', (session) => session.setLocalWindowSize(SESSION_WINDOW));
  };
  Object.assign(http2, { createServer: withWindows });
  try {
    return await bind();
  } finally {
    http2.createServer = createServer;
  }
}
