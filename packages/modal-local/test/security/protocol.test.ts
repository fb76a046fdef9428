// Clients that break the protocol: each is answered with an error of its own, and the engine goes on for the others.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sandbox } from 'modal';

import { ModalClientDefinition } from '../../src/wire/gen/modal/client.js';
import { TaskCommandRouterDefinition } from '../../src/wire/gen/modal/task_command_router.js';
import { run, testEngine } from '../engine.js';
import { engineMemory } from './engine-memory.js';
import { unnoticed } from './probe.js';

const engine = testEngine();
let neighbour: Sandbox;
let raw: Client;
beforeAll(async () => {
  neighbour = await engine.client.sandboxes.create(engine.app, engine.image);
  raw = new Client(new URL(engine.local.url).host, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
});
afterAll(() => raw.close());

const asBytes = (bytes: Buffer) => bytes;

function holder(): Metadata {
  const metadata = new Metadata();
  metadata.set('x-modal-token-id', engine.local.env['MODAL_TOKEN_ID'] ?? '');
  metadata.set('x-modal-token-secret', engine.local.env['MODAL_TOKEN_SECRET'] ?? '');
  return metadata;
}

/** Sends bytes as the first message of a call, and returns the status that ends it. */
async function call(path: string, message: Buffer, metadata = new Metadata()): Promise<{ code: number; details: string }> {
  return await new Promise((resolve) => {
    const stream = raw.makeBidiStreamRequest(path, asBytes, asBytes, metadata, { deadline: Date.now() + 20_000 });
    stream.on('data', () => undefined);
    stream.on('error', () => undefined);
    stream.on('status', resolve);
    stream.end(message);
  });
}

it.each([ModalClientDefinition, TaskCommandRouterDefinition])('every method of $name asks for a token', async ({ fullName, methods }) => {
  const names = Object.values(methods).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(10);
  const codes = await Promise.all(names.map(async (name) => [name, (await call(`/${fullName}/${name}`, Buffer.alloc(0))).code]));
  expect(codes.filter(([, code]) => code !== status.UNAUTHENTICATED)).toEqual([]);
});

it('bytes that are no message are refused by every method of the control plane', async () => {
  const answers: [string, number][] = [];
  const attack = async () => {
    for (const { name } of Object.values(ModalClientDefinition.methods)) answers.push([name, (await call(`/${ModalClientDefinition.fullName}/${name}`, Buffer.from('0affffffff0f', 'hex'), holder())).code]);
  };
  await unnoticed(engine, neighbour, attack());
  expect(answers.filter(([, code]) => code === status.OK || code === status.DEADLINE_EXCEEDED)).toEqual([]);
});

it('messages above 100 MiB are refused with RESOURCE_EXHAUSTED', async () => {
  const { code } = await unnoticed(engine, neighbour, call(`/${ModalClientDefinition.fullName}/SecretGetOrCreate`, Buffer.alloc(101 * 1024 * 1024), holder()));
  expect(code).toBe(status.RESOURCE_EXHAUSTED);
});

it('a megabyte of metadata is refused', async () => {
  const metadata = holder();
  for (let index = 0; index < 100; index += 1) metadata.set(`x-${index}`, 'x'.repeat(10_000));
  const { code } = await unnoticed(engine, neighbour, call(`/${ModalClientDefinition.fullName}/AppGetOrCreate`, Buffer.alloc(0), metadata));
  expect(code).not.toBe(status.OK);
});

it('connections that send rubbish, or nothing, hold nobody up', async () => {
  const { hostname, port } = new URL(engine.local.url);
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const attack = async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, open));
    for (const [index, socket] of sockets.entries()) {
      if (index % 4 === 1) socket.write(randomBytes(10_000));
      if (index % 4 === 2) socket.write(preface);
      if (index % 4 === 3) socket.write(Buffer.concat([preface, randomBytes(10_000)]));
    }
    await unnoticed(engine, neighbour, run(neighbour, 'sleep', '0.5'));
    for (const socket of sockets) socket.destroy();
  };
  await attack();
});

it('the token of one sandbox does not open another', async () => {
  const [one, other] = await Promise.all([engine.sandbox(), engine.sandbox()]);
  const accessTo = async ({ sandboxId }: Sandbox) => await engine.client.cpClient.sandboxGetCommandRouterAccess({ sandboxId });
  const taskOf = async ({ sandboxId }: Sandbox) => (await engine.client.cpClient.sandboxGetTaskId({ sandboxId })).taskId ?? '';
  const { jwt } = await accessTo(one);
  const poll = async (token: string, taskId: string) => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const request = TaskCommandRouterDefinition.methods.taskExecStart.requestType.fromPartial({ taskId, execId: `ex-${randomBytes(8).toString('hex')}`, commandArgs: ['true'] });
    return (await call(`/${TaskCommandRouterDefinition.fullName}/TaskExecStart`, Buffer.from(TaskCommandRouterDefinition.methods.taskExecStart.requestType.encode(request).finish()), metadata)).code;
  };
  expect(await poll(jwt, await taskOf(one))).toBe(status.OK);
  expect(await poll(jwt, await taskOf(other))).toBe(status.UNAUTHENTICATED);
  expect(await poll(`${jwt.slice(0, -4)}AAAA`, await taskOf(one))).toBe(status.UNAUTHENTICATED);
  const [head, , signature] = jwt.split('.');
  const forged = Buffer.from(JSON.stringify({ sub: await taskOf(other), exp: 4_102_444_800 })).toString('base64url');
  expect(await poll(`${head}.${forged}.${signature}`, await taskOf(other))).toBe(status.UNAUTHENTICATED);
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  expect(await poll(`${unsigned}.${forged}.`, await taskOf(other))).toBe(status.UNAUTHENTICATED);
});

it('two hundred commands, twenty at a time, are all run beside their neighbour', async () => {
  const sandbox = await engine.sandbox();
  const codes: number[] = [];
  const worker = async () => {
    for (let round = 0; round < 10; round += 1) codes.push(await (await sandbox.exec(['true'])).wait());
  };
  await unnoticed(engine, neighbour, Promise.all(Array.from({ length: 20 }, worker)));
  expect(codes).toEqual(new Array(200).fill(0));
});

it('twelve thousand commands in one sandbox leave the engine’s memory bounded, and the last ten thousand readable', { timeout: 600_000 }, async () => {
  const sandbox = await engine.sandbox();
  const before = engineMemory();
  const first = await sandbox.exec(['echo', 'first']);
  await first.wait();
  let left = 12_000;
  let kept: typeof first | undefined;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const process = await sandbox.exec(['echo', 'here']);
      if (left < 9_000) kept ??= process;
      expect(await process.wait()).toBe(0);
    }
  };
  await unnoticed(engine, neighbour, Promise.all(Array.from({ length: 64 }, worker)));
  expect(engineMemory() - before).toBeLessThan(256);
  expect(await kept?.stdout.readText()).toBe('here\n');
  await expect(first.stdout.readText()).rejects.toThrow('not found');
});
