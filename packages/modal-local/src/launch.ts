// Starts an engine as a process of its own: root's private mount namespace, one channel, one end.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { advertisedAddress } from './advertised-address.js';
import type { FromEngine } from './engine-messages.js';
import { LaunchedEngine, send, stopEngine } from './launched-engine.js';
import { checkOptions, type LocalModalOptions } from './local-modal-options.js';
import { SYSTEM_DIRECTORIES } from './runtime/host/programs.js';
import type { Credentials } from './wire/auth.js';

const DEFAULT_DISK_GIB = 20;

/** Output passes through in short-lived buffers: room for them halves the time that goes to collecting them. */
const NODE_OPTIONS = ['--max-semi-space-size=32'];

/** On a free port, which Node prints; source maps cost a tenth of the start. */
const INSPECT_OPTIONS = ['--inspect=127.0.0.1:0', '--enable-source-maps'];

export function randomCredentials(): Credentials {
  return { tokenId: `ak-${randomBytes(12).toString('hex')}`, tokenSecret: `as-${randomBytes(24).toString('hex')}` };
}

/** `inspect` opens Node's inspector in the engine's process. Rejects with a sentence that says what to do, or with the signal's reason. */
export async function launchEngine(options: LocalModalOptions = {}, { inspect = false } = {}): Promise<LaunchedEngine> {
  checkOptions(options);
  options.signal?.throwIfAborted();
  if (process.platform !== 'linux') throw new Error('The local engine runs on Linux only (on Windows, inside WSL2).');
  if (process.getuid?.() !== 0) throw new Error('The local engine needs root to isolate sandboxes: start this program as root or with sudo.');
  const advertised = options.advertisedUrl === undefined ? undefined : advertisedAddress(options.advertisedUrl);
  const credentials = options.credentials ?? randomCredentials();
  const child = spawn('unshare', ['--mount', '--propagation', 'private', process.execPath, ...NODE_OPTIONS, ...(inspect ? INSPECT_OPTIONS : []), enginePath()], {
    // Its own process group: a Ctrl-C at the terminal is for the program, which then stops its engine.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // What goes wrong is reported once; the gRPC library would say it again.
    env: { GRPC_NODE_VERBOSITY: 'NONE', PATH: [process.env['PATH'] ?? [], SYSTEM_DIRECTORIES].flat().join(':'), ...passedOn() },
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
  const { port, stateDir, authorityPath, warnings } = await readiness(child, options.signal);
  return new LaunchedEngine(child, { port, stateDir, authorityPath, warnings, credentials, clientUrl: advertised?.clientUrl ?? `http://127.0.0.1:${port}` });
}

/** An aborted start is over when nothing is left of the engine. */
function readiness(child: ChildProcess, signal: AbortSignal | undefined): Promise<Extract<FromEngine, { kind: 'ready' }>> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', listen).off('error', unstartable).off('exit', ended);
      signal?.removeEventListener('abort', abort);
    };
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
    const abort = () => {
      settle();
      void stopEngine(child).then(() => reject(signal?.reason));
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.on('message', listen).on('error', unstartable).on('exit', ended);
  });
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
