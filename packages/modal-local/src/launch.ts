// Starts an engine as a process of its own: root's private mount namespace, one channel, one end.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { advertisedAddress } from './advertised-address.js';
import type { EngineAction } from './engine-controls.js';
import type { FromEngine, ToEngine } from './engine-messages.js';
import { checkOptions, type LocalModalOptions } from './local-modal-options.js';
import type { Credentials } from './wire/auth.js';

const DEFAULT_DISK_GIB = 20;
/** After it an engine that does not stop is killed; its containers end with it. */
const STOP_TIMEOUT_MS = 15_000;

/** Output passes through in short-lived buffers: room for them halves the time that goes to collecting them. */
const NODE_OPTIONS = ['--max-semi-space-size=32'];

/** On a free port, which Node prints; source maps cost a tenth of the start. */
const INSPECT_OPTIONS = ['--inspect=127.0.0.1:0', '--enable-source-maps'];

export interface LaunchedEngine extends AsyncDisposable {
  readonly port: number;
  /** Where clients reach it. */
  readonly clientUrl: string;
  readonly credentials: Credentials;
  readonly stateDir: string;
  /** Certificate of the authority that vouches for `https` tunnels. */
  readonly authorityPath: string;
  /** What users should know about this host. */
  readonly warnings: readonly string[];
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Answers with the engine's time, in milliseconds since 1970. Rejects with a sentence that says what is wrong. */
  perform(action: EngineAction): Promise<number>;
  /** Idempotent. */
  stop(): Promise<void>;
}

export function randomCredentials(): Credentials {
  return { tokenId: `ak-${randomBytes(12).toString('hex')}`, tokenSecret: `as-${randomBytes(24).toString('hex')}` };
}

/** `inspect` opens Node's inspector in the engine's process. Rejects with a sentence that says what to do. */
export async function launchEngine(options: LocalModalOptions = {}, { inspect = false } = {}): Promise<LaunchedEngine> {
  checkOptions(options);
  if (process.platform !== 'linux') throw new Error('The local engine runs on Linux only (on Windows, inside WSL2).');
  if (process.getuid?.() !== 0) throw new Error('The local engine needs root to isolate sandboxes: start this program as root or with sudo.');
  const advertised = options.advertisedUrl === undefined ? undefined : advertisedAddress(options.advertisedUrl);
  const credentials = options.credentials ?? randomCredentials();
  const child = spawn('unshare', ['--mount', '--propagation', 'private', process.execPath, ...NODE_OPTIONS, ...(inspect ? INSPECT_OPTIONS : []), enginePath()], {
    // Its own process group: a Ctrl-C at the terminal is for the program, which then stops its engine.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // What goes wrong is reported once; the gRPC library would say it again.
    env: { GRPC_NODE_VERBOSITY: 'NONE', PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', ...passedOn() },
  });
  const { stateDir: wanted, seed, now, faults = [] } = options;
  send(child, {
    kind: 'start',
    settings: {
      port: options.port ?? 0,
      credentials,
      loose: options.loose ?? false,
      diskGiB: options.diskGiB ?? DEFAULT_DISK_GIB, hostFallback: options.hostFallback ?? true,
      ...(wanted === undefined ? {} : { stateDir: wanted }),
      ...(advertised === undefined ? {} : { advertised: advertised.routerUrl }),
      test: { ...(seed === undefined ? {} : { seed: String(seed) }), ...(now === undefined ? {} : { now: Number(now) }), faults },
    },
  });
  const { port, stateDir, authorityPath, warnings } = await readiness(child);
  return new EngineProcess(child, { port, stateDir, authorityPath, warnings, credentials, clientUrl: advertised?.clientUrl ?? `http://127.0.0.1:${port}` });
}

class EngineProcess implements LaunchedEngine {
  readonly port: number;
  readonly clientUrl: string;
  readonly credentials: Credentials;
  readonly stateDir: string;
  readonly authorityPath: string;
  readonly warnings: readonly string[];
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #calls = 0;
  #stopping: Promise<void> | undefined;

  constructor(child: ChildProcess, facts: Pick<LaunchedEngine, 'port' | 'clientUrl' | 'stateDir' | 'authorityPath' | 'warnings' | 'credentials'>) {
    this.port = facts.port;
    this.clientUrl = facts.clientUrl;
    this.stateDir = facts.stateDir;
    this.authorityPath = facts.authorityPath;
    this.warnings = facts.warnings;
    this.credentials = facts.credentials;
    this.#child = child;
    this.ended = once(child, 'exit').then(() => undefined);
    // A program that is done may end without stopping its engine: the engine notices and stops by itself.
    child.unref();
    child.channel?.unref();
  }

  async perform(action: EngineAction): Promise<number> {
    const call = (this.#calls += 1);
    const answered = new Promise<number>((resolve, reject) => {
      const listen = (message: FromEngine) => {
        if ((message.kind !== 'done' && message.kind !== 'refused') || message.call !== call) return;
        this.#child.off('message', listen);
        if (message.kind === 'done') resolve(message.now);
        else reject(new Error(message.message));
      };
      this.#child.on('message', listen);
      void this.ended.then(() => reject(new Error('The engine has ended')));
    });
    return await this.#heldOpen(() => {
      send(this.#child, { kind: 'perform', call, action });
      return answered;
    });
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#heldOpen(() => this.#stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    send(this.#child, { kind: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  async #heldOpen<T>(action: () => Promise<T>): Promise<T> {
    this.#child.ref();
    this.#child.channel?.ref();
    try {
      return await action();
    } finally {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }
}

function readiness(child: ChildProcess): Promise<Extract<FromEngine, { kind: 'ready' }>> {
  return new Promise((resolve, reject) => {
    const settle = () => child.off('message', listen).off('error', unstartable).off('exit', ended);
    const fail = (message: string, options?: ErrorOptions) => {
      settle();
      reject(new Error(message, options));
    };
    const listen = (message: FromEngine) => {
      if (message.kind === 'failed') return fail(message.message);
      if (message.kind !== 'ready') return;
      settle();
      resolve(message);
    };
    const unstartable = (cause: Error) => fail('The engine needs the program unshare (Debian package util-linux), which could not be started', { cause });
    const ended = (code: number | null) =>
      fail(`The engine ended with code ${code} before it was ready; what it wrote to stderr says why. \`modal-local doctor\` looks at this machine`);
    child.on('message', listen).on('error', unstartable).on('exit', ended);
  });
}

function send(child: ChildProcess, message: ToEngine): void {
  // A process that has just gone is noticed by its exit.
  if (child.connected) child.send(message, () => undefined);
}

/** Beside dist/index.js, whichever file this code was bundled into. */
function enginePath(): string {
  return path.join(path.dirname(fileURLToPath(import.meta.url)), 'engine.js');
}

const PASSED_ON = [
  'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'NODE_EXTRA_CA_CERTS',
  'MODAL_LOCAL_REGISTRY_MIRRORS', 'MODAL_LOCAL_INSECURE_REGISTRIES', 'MODAL_LOCAL_NAMESERVERS',
  'HOME', 'TMPDIR', 'XDG_STATE_HOME',
  // Where logins to registries are, when not at home.
  'DOCKER_CONFIG', 'REGISTRY_AUTH_FILE', 'XDG_RUNTIME_DIR',
];

function passedOn(): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
