// One engine for the tests of a file, in a temporary state directory, and a client of Modal's own SDK for it.

import { ModalClient, type App, type Image, type Sandbox, type SandboxCreateParams } from 'modal';
import { afterAll, afterEach, beforeAll } from 'vitest';

import { startLocalModal, type LocalModal, type LocalModalOptions } from '@computesdk/modal-local';

export interface TestEngine {
  readonly local: LocalModal;
  readonly client: ModalClient;
  /** An app of this file's tests. */
  readonly app: App;
  /** This machine's own programs under the name of Python's image. */
  readonly image: Image;
  /** A sandbox that is terminated after the test. */
  sandbox(params?: SandboxCreateParams): Promise<Sandbox>;
  /** All that a script prints in a sandbox of its own. */
  shell(image: Image, script: string): Promise<string>;
}

/** Call at the top of a test file; what it returns can be used inside tests. */
export function testEngine(options: LocalModalOptions = {}): TestEngine {
  let started: Omit<TestEngine, 'sandbox' | 'shell'> | undefined;
  const sandboxes: Sandbox[] = [];
  const running = () => {
    if (!started) throw new Error('The engine runs inside tests only');
    return started;
  };

  beforeAll(async () => {
    const local = await startLocalModal(options);
    const client = clientOf(local);
    const app = await client.apps.fromName('tests', { createIfMissing: true });
    const image = await client.images.fromRegistry('python:3.13-slim').build(app);
    started = { local, client, app, image };
  });
  afterEach(async () => {
    await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.terminate().catch(ignoreEnded)));
  });
  afterAll(async () => {
    started?.client.close();
    await started?.local.stop();
  });

  return {
    get local() {
      return running().local;
    },
    get client() {
      return running().client;
    },
    get app() {
      return running().app;
    },
    get image() {
      return running().image;
    },
    async sandbox(params) {
      const { client, app, image } = running();
      const sandbox = await client.sandboxes.create(app, image, params);
      sandboxes.push(sandbox);
      return sandbox;
    },
    async shell(image, script) {
      const { client, app } = running();
      const sandbox = await client.sandboxes.create(app, image);
      try {
        const { stdout, stderr } = await run(sandbox, 'sh', '-c', script);
        return stdout + stderr;
      } finally {
        await sandbox.terminate();
      }
    },
  };
}

/** Quiet: the SDK warns that it dials a router of this machine in plaintext. */
export function clientOf(local: LocalModal, token: { tokenId?: string; tokenSecret?: string } = {}): ModalClient {
  process.env['MODAL_SERVER_URL'] = local.url;
  return new ModalClient({
    tokenId: token.tokenId ?? local.env['MODAL_TOKEN_ID'] ?? '',
    tokenSecret: token.tokenSecret ?? local.env['MODAL_TOKEN_SECRET'] ?? '',
    logLevel: 'error',
  });
}

/** Runs a command and returns what it wrote and how it ended. */
export async function run(sandbox: Sandbox, ...argv: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const process = await sandbox.exec(argv);
  const [stdout, stderr, code] = await Promise.all([process.stdout.readText(), process.stderr.readText(), process.wait()]);
  return { stdout, stderr, code };
}

/** Resolves when the condition holds; fails after ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Still waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof Error) || !/NOT_FOUND|detached/.test(error.message)) throw error;
}
