import { FailedPreconditionError, InvalidArgumentError } from 'computesdk';
import net from 'node:net';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

import { testModal } from './modal.js';

const modal = testModal();

const serve = (port: number) => ['sh', '-c', `cd /tmp && echo hello > index.html && exec python3 -m http.server ${port}`];

test('getUrl reaches a server over TLS', async () => {
  const sandbox = await modal.sandbox({ ports: [8000], command: serve(8000) });
  await sandbox.waitForPort(8000);
  const url = await sandbox.getUrl({ port: 8000 });
  expect(url).toMatch(/^https:\/\/[^/]+[^/]$/);
  // A program of its own: Node reads the extra authorities of the engine only at its start.
  const code = `fetch(${JSON.stringify(`${url}/index.html`)}).then((r) => r.text()).then((t) => process.stdout.write(t))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { env: { ...process.env } });
  expect(stdout).toBe('hello\n');
  expect(await sandbox.getUrl({ port: 8000, protocol: 'wss' })).toBe(url.replace('https:', 'wss:'));
});

test('getUrl reaches an unencrypted port with http, ws and tcp', async () => {
  const sandbox = await modal.sandbox({ unencryptedPorts: [8000], command: serve(8000) });
  await sandbox.waitForPort(8000);
  const url = await sandbox.getUrl({ port: 8000, protocol: 'http' });
  expect(await (await fetch(`${url}/index.html`)).text()).toBe('hello\n');
  expect(await sandbox.getUrl({ port: 8000, protocol: 'ws' })).toBe(url.replace('http:', 'ws:'));
  const tcp = new URL((await sandbox.getUrl({ port: 8000, protocol: 'tcp' })).replace('tcp:', 'http:'));
  const socket = net.connect(Number(tcp.port), tcp.hostname);
  socket.end('GET /index.html HTTP/1.0\r\n\r\n');
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  expect(Buffer.concat(pieces).toString()).toMatch(/200 OK[\s\S]*hello\n$/);
});

test('a port or scheme that is not open is an error that says what to do', async () => {
  const sandbox = await modal.sandbox({ ports: [8000] });
  await expect(sandbox.getUrl({ port: 3000 })).rejects.toThrow('Port 3000 is not open; open are 8000');
  await expect(sandbox.getUrl({ port: 8000, protocol: 'http' })).rejects.toThrow(FailedPreconditionError);
  await expect(sandbox.getUrl({ port: 8000, protocol: 'ftp' })).rejects.toThrow(InvalidArgumentError);
  const none = await modal.sandbox();
  await expect(none.getUrl({ port: 3000 })).rejects.toMatchObject({ suggestion: 'Create the sandbox with ports: [3000].' });
});

test('updateNetwork narrows what a running sandbox may reach', async () => {
  const sandbox = await modal.sandbox();
  await sandbox.updateNetwork({ allowCidrs: [] });
  const code = "import socket\nsocket.create_connection(('1.1.1.1', 53), 2)";
  expect((await sandbox.runCode(code)).exitCode).toBe(1);
});
