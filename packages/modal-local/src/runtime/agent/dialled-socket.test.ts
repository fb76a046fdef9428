import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { AgentError } from './errors.js';
import { settled, startTestAgent } from '../testing/start-test-agent.js';

/** A server on loopback; as the agent runs on this machine, its loopback is ours. */
async function listen(host: string, serve: (socket: Socket) => void): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer({ allowHalfOpen: true }, serve).listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('a dialled socket', () => {
  it('carries bytes and half-closes in both directions', async () => {
    await using server = await listen('127.0.0.1', (socket) => void socket.pipe(socket));
    await using agent = await startTestAgent();
    const socket = await agent.connection.dial(server.port);
    const bytes = Buffer.alloc(5_000_000, 'abcdefg');
    socket.end(bytes);
    expect((await buffer(socket)).equals(bytes)).toBe(true);
  });

  it('reaches a server that listens on IPv6 only', async () => {
    await using server = await listen('::1', (socket) => socket.end('six'));
    await using agent = await startTestAgent();
    const socket = await agent.connection.dial(server.port);
    socket.end();
    expect((await buffer(socket)).toString()).toBe('six');
  });

  it('is refused where nothing listens', async () => {
    const server = await listen('127.0.0.1', () => undefined);
    await server[Symbol.asyncDispose]();
    await using agent = await startTestAgent();
    await expect(agent.connection.dial(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(agent.connection.dial(0)).rejects.toThrow(/1 to 65535/);
  });

  it('fails when the server resets, and resets when it is destroyed', async () => {
    const reset: Promise<unknown>[] = [];
    await using server = await listen('127.0.0.1', (socket) => {
      reset.push(new Promise((resolve) => socket.once('close', resolve)));
      socket.on('error', () => undefined);
      socket.once('data', (chunk) => (chunk.toString() === 'reset' ? socket.resetAndDestroy() : socket.resume()));
    });
    await using agent = await startTestAgent();
    const failing = await agent.connection.dial(server.port);
    failing.write('reset');
    const [error] = (await once(failing, 'error')) as [unknown];
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED' });
    const destroyed = await agent.connection.dial(server.port);
    destroyed.destroy();
    await once(destroyed, 'close');
    // Both ends are gone: the connections of the server have closed.
    await Promise.all(reset);
  });

  it('holds the server back while it is not read', async () => {
    let sent = 0;
    const chunk = Buffer.alloc(1 << 20);
    await using server = await listen('127.0.0.1', (socket) => {
      const send = (): void => {
        while (sent < 50 << 20) {
          sent += chunk.length;
          if (!socket.write(chunk)) return void socket.once('drain', send);
        }
        socket.end();
      };
      socket.resume();
      send();
    });
    await using agent = await startTestAgent();
    const socket = await agent.connection.dial(server.port);
    expect(await settled(() => sent)).toBeLessThan(30 << 20);
    let received = 0;
    socket.on('data', (bytes: Buffer) => (received += bytes.length));
    await once(socket, 'end');
    expect(received).toBe(50 << 20);
    socket.end();
    await once(socket, 'close');
  });

  it('can be given up while it connects', async () => {
    await using agent = await startTestAgent();
    await expect(agent.connection.dial(80, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const controller = new AbortController();
    const dialling = agent.connection.dial(9, { signal: controller.signal });
    controller.abort(new Error('later'));
    await expect(dialling).rejects.toThrow('later');
  });

  it('works by the hundred', async () => {
    await using server = await listen('127.0.0.1', (socket) => void socket.pipe(socket));
    await using agent = await startTestAgent();
    const echo = async (text: string): Promise<string> => {
      const socket = await agent.connection.dial(server.port);
      socket.end(text);
      return (await buffer(socket)).toString();
    };
    const texts = Array.from({ length: 400 }, (_, index) => `connection ${index}`);
    expect(await Promise.all(texts.map(echo))).toEqual(texts);
  });
});
