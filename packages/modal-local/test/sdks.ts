// Three generations of Modal's SDK behind what they have in common, so that one suite holds for all of them. 0.11.1 comes
// twice: by the V2 path, its default, and by the V1 path.

interface Stream {
  readText(): Promise<string>;
}

interface Writer {
  writeText(text: string): Promise<void>;
  close(): Promise<void>;
}

export interface AnyProcess {
  stdin: Writer;
  stdout: Stream;
  stderr: Stream;
  wait(): Promise<number>;
}

export interface AnySandbox {
  readonly sandboxId: string;
  readonly stdin: Writer;
  readonly stdout: Stream;
  readonly stderr: Stream;
  exec(command: string[], options?: { workdir?: string; timeoutMs?: number }): Promise<AnyProcess>;
  wait(): Promise<number>;
  poll(): Promise<number | null>;
  terminate(): Promise<void>;
  tunnels(): Promise<Record<number, { url: string }>>;
}

export interface CreateOptions {
  command?: string[];
  timeoutMs?: number;
  encryptedPorts?: number[];
  unencryptedPorts?: number[];
}

export interface Sdk {
  create(options?: CreateOptions): Promise<AnySandbox>;
  fromId(sandboxId: string): Promise<AnySandbox>;
  close(): void;
}

export const SDK_NAMES = ['0.11.1', '0.11.1 by V1', '0.7.6', '0.3.16'] as const;
export type SdkName = (typeof SDK_NAMES)[number];

/** `env` is the engine's: the SDKs read it when they are loaded, or made. */
export async function openSdk(name: SdkName, env: Record<string, string>): Promise<Sdk> {
  Object.assign(process.env, env, { MODAL_LOGLEVEL: 'error' });
  switch (name) {
    case '0.11.1':
      return openCurrent({ sandboxV2: true });
    case '0.11.1 by V1':
      return openCurrent({ sandboxV2: false });
    case '0.7.6':
      return openMiddle();
    case '0.3.16':
      return openFirst(env);
  }
}

const IMAGE = 'python:3.13-slim';
const APP = 'every-sdk';

async function openCurrent({ sandboxV2 }: { sandboxV2: boolean }): Promise<Sdk> {
  const { ModalClient } = await import('modal');
  process.env['MODAL_SANDBOX_V2'] = String(sandboxV2);
  const client = new ModalClient();
  delete process.env['MODAL_SANDBOX_V2'];
  const app = await client.apps.fromName(APP, { createIfMissing: true });
  const image = client.images.fromRegistry(IMAGE);
  return {
    create: (options) => client.sandboxes.create(app, image, options),
    fromId: (sandboxId) => client.sandboxes.fromId(sandboxId),
    close: () => client.close(),
  };
}

async function openMiddle(): Promise<Sdk> {
  const { ModalClient } = await import('modal-0.7.6');
  const client = new ModalClient();
  const app = await client.apps.fromName(APP, { createIfMissing: true });
  const image = client.images.fromRegistry(IMAGE);
  return {
    create: (options) => client.sandboxes.create(app, image, options),
    fromId: (sandboxId) => client.sandboxes.fromId(sandboxId),
    close: () => client.close(),
  };
}

async function openFirst(env: Record<string, string>): Promise<Sdk> {
  const { App, Sandbox, initializeClient } = await import('modal-0.3.16');
  initializeClient({ tokenId: env['MODAL_TOKEN_ID'] ?? '', tokenSecret: env['MODAL_TOKEN_SECRET'] ?? '' });
  const app = await App.lookup(APP, { createIfMissing: true });
  const image = await app.imageFromRegistry(IMAGE);
  return {
    create: async ({ timeoutMs, ...options } = {}) =>
      inCommonForm(await app.createSandbox(image, { ...options, ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) })),
    fromId: async (sandboxId) => inCommonForm(await Sandbox.fromId(sandboxId)),
    close: () => undefined,
  };

  /** 0.3.16 calls an exec's limit `timeout`. */
  function inCommonForm(sandbox: InstanceType<typeof Sandbox>): AnySandbox {
    return {
      sandboxId: sandbox.sandboxId,
      stdin: sandbox.stdin,
      stdout: sandbox.stdout,
      stderr: sandbox.stderr,
      exec: (command, { timeoutMs, ...options } = {}) => sandbox.exec(command, { ...options, ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }) }),
      wait: () => sandbox.wait(),
      poll: () => sandbox.poll(),
      terminate: () => sandbox.terminate(),
      tunnels: () => sandbox.tunnels(),
    };
  }
}
