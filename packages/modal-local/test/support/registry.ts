// A real registry on a free port of 127.0.0.1, perhaps behind a door that asks for a password.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Door = 'open' | 'basic' | 'token';

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Requests so far, as `METHOD path`. */
  readonly requests: string[];
  /** The next answers to requests that match are this status instead. */
  failNext(count: number, path: RegExp, status: number): void;
}

export const USER = 'user';
export const PASSWORD = 'pass:word';
const TOKEN = 'a-token';

export async function startRegistry(door: Door = 'open'): Promise<TestRegistry> {
  const directory = mkdtempSync(join(tmpdir(), 'modal-local-registry-'));
  const port = await freePort();
  const config = join(directory, 'config.yml');
  writeFileSync(config, `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${join(directory, 'data')}}, delete: {enabled: true}}\nhttp: {addr: "127.0.0.1:${port}"}\n`);
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const front = new Front(door, port);
  await Promise.race([answers(port), once(child, 'exit').then(() => Promise.reject(new Error('docker-registry ended at once')))]);
  const address = await front.listen();
  return {
    address,
    requests: front.requests,
    failNext: (count, path, status) => front.failures.push(...Array.from({ length: count }, () => ({ path, status }))),
    [Symbol.asyncDispose]: async () => {
      await front.close();
      await ended(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

class Front {
  readonly requests: string[] = [];
  readonly failures: { path: RegExp; status: number }[] = [];
  readonly #server: Server;

  constructor(
    private readonly door: Door,
    private readonly port: number,
  ) {
    this.#server = createServer((incoming, response) => this.#handle(incoming, response));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.#address();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #handle(incoming: IncomingMessage, response: ServerResponse): void {
    const path = incoming.url ?? '';
    this.requests.push(`${incoming.method} ${path}`);
    const failure = this.failures.findIndex((entry) => entry.path.test(path));
    if (failure !== -1) {
      const [{ status } = { status: 500 }] = this.failures.splice(failure, 1);
      response.writeHead(status).end();
      return;
    }
    if (path.startsWith('/token')) return this.#giveToken(incoming, response);
    if (!this.#admits(incoming)) {
      const challenge = this.door === 'basic' ? 'Basic realm="test"' : `Bearer realm="http://${this.#address()}/token",service="test"`;
      response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' }).end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
      return;
    }
    const headers = { ...incoming.headers };
    delete headers.authorization;
    const onward = request({ host: '127.0.0.1', port: this.port, method: incoming.method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  }

  #giveToken(incoming: IncomingMessage, response: ServerResponse): void {
    if (incoming.headers.authorization !== basic()) {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: TOKEN, expires_in: 300 }));
  }

  #admits({ headers }: IncomingMessage): boolean {
    if (this.door === 'open') return true;
    return headers.authorization === (this.door === 'basic' ? basic() : `Bearer ${TOKEN}`);
  }
}

function basic(): string {
  return `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const up = await fetch(`http://127.0.0.1:${port}/v2/`).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('docker-registry does not answer');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
