// A server that answers Modal's SDK and does nothing: the SDK's own floor. Messages are encoded by hand, so that no codec is
// measured either.

import { once } from 'node:events';

import grpc from '@grpc/grpc-js';

const CONTROL = '/modal.client.ModalClient/';
const ROUTER = '/modal.task_command_router.TaskCommandRouter/';
const EMPTY = Buffer.alloc(0);

/** @param {{ stdoutBytes?: number }} options how much each exec "prints" */
export async function startNullServer({ stdoutBytes = 0 } = {}) {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  let url = '';
  const access = () => text(2, url.replace('http:', 'https:'));
  const answers = {
    [`${CONTROL}AuthTokenGet`]: () => text(1, authToken()),
    [`${CONTROL}AppGetOrCreate`]: () => text(1, 'ap-0000000000000000000000'),
    [`${CONTROL}EnvironmentGetOrCreate`]: () => join(text(1, 'en-1'), bytes(2, join(text(1, 'main'), bytes(2, text(1, '2025.06'))))),
    [`${CONTROL}ImageGetOrCreate`]: () => join(text(1, 'im-1'), bytes(2, number(1, 1))),
    [`${CONTROL}SandboxCreateV2`]: () =>
      join(text(1, 'sb-01ARZ3NDEKTSV4RRFFQ69G5FAV'), text(3, 'ta-1'), bytes(5, join(text(1, 'jwt'), access()))),
    [`${CONTROL}SandboxTerminateV2`]: () => EMPTY,
    [`${ROUTER}TaskExecStart`]: () => EMPTY,
    [`${ROUTER}TaskExecWait`]: () => number(1, 0),
  };
  for (const [path, answer] of Object.entries(answers)) {
    server.register(path, (_call, respond) => respond(null, answer()), identity, identity, 'unary');
  }
  const chunk = bytes(1, Buffer.alloc(256 * 1024, 'x'));
  server.register(
    `${ROUTER}TaskExecStdioRead`,
    async (call) => {
      const isStdout = !call.request.includes(Buffer.from([4 << 3, 1]));
      for (let sent = 0; isStdout && sent < stdoutBytes; sent += 256 * 1024) {
        if (!call.write(chunk)) await once(call, 'drain');
      }
      call.end();
    },
    identity,
    identity,
    'serverStream',
  );
  server.register(
    `${ROUTER}TaskExecStdinWriteStream`,
    (call, respond) => call.on('data', () => {}).on('end', () => respond(null, EMPTY)),
    identity,
    identity,
    'clientStream',
  );
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  url = `http://127.0.0.1:${port}`;
  return {
    env: { MODAL_SERVER_URL: url, MODAL_TOKEN_ID: 'ak-null', MODAL_TOKEN_SECRET: 'as-null' },
    stop: () => server.forceShutdown(),
  };
}

const identity = (value) => value;

function authToken() {
  const payload = Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 3600 })).toString('base64');
  return `e30=.${payload}.x`;
}

function bytes(field, value) {
  return join(varint((field << 3) | 2), varint(value.length), value);
}

function text(field, value) {
  return bytes(field, Buffer.from(value));
}

function number(field, value) {
  return join(varint(field << 3), varint(value));
}

function varint(value) {
  const parts = [];
  for (; value > 127; value >>>= 7) parts.push((value & 127) | 128);
  return Buffer.from([...parts, value]);
}

function join(...parts) {
  return Buffer.concat(parts);
}
