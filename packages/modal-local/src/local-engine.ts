// The engine on this machine: state directory, drivers, domain, server, put together in order and taken apart in reverse.

import { isIP } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';

import { perform, testConditions, type EngineAction } from './engine-controls.js';
import type { EngineSettings } from './engine-messages.js';
import { S3fs } from './buckets/s3fs/s3fs.js';
import { Engine } from './engine/engine.js';
import { EngineError } from './engine/errors.js';
import { releaseAll } from './engine/release-all.js';
import { loadTunnelCertificate } from './engine/certificates/tunnel-certificate.js';
import { hostImage, hostMounts } from './images/host/host-image.js';
import { imageStorage } from './local-image-storage.js';
import { openImages, snapshotDrivers } from './local-images.js';
import { DiskPool, type DiskPoolOptions } from './images/overlay/disk-pool.js';
import { OverlayRoots } from './images/overlay/overlay-roots.js';
import { createNetwork } from './network/choose.js';
import { connectAgent } from './runtime/agent/connect-agent.js';
import { HostProcess } from './runtime/host/host-process.js';
import { reapLeftovers } from './runtime/host/leftovers.js';
import { prepareMountNamespace } from './runtime/host/mount-namespace.js';
import { probeRuntime } from './runtime/host/probe.js';
import { registerInstance } from './runtime/host/registry.js';
import { OciRuntime } from './runtime/oci/oci-runtime.js';
import { ephemeralStateDirectory, openStateDirectory, type StatePaths } from './store/state-directory.js';
import { lockStateDirectory } from './store/state-lock.js';
import { startWireServer } from './wire/server.js';

const GIB = 1024 ** 3;
const IMAGE_SWEEP_MS = 10 * 60_000;

export interface LocalEngine {
  readonly port: number;
  readonly stateDir: string;
  readonly authorityPath: string;
  readonly warnings: string[];
  /** Answers with the engine's time, in milliseconds since 1970. Throws EngineError. */
  perform(action: EngineAction): Promise<number>;
  stop(): Promise<void>;
}

type Release = () => void | PromiseLike<void>;
type OnStop = (release: Release) => void;

export async function startLocalEngine(settings: EngineSettings): Promise<LocalEngine> {
  const releases: Release[] = [];
  const stop = () => releaseAll(releases.splice(0).reverse(), 'Parts of the engine are left');
  try {
    return { ...(await build(settings, (release) => releases.push(release))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(settings: EngineSettings, onStop: OnStop): Promise<Omit<LocalEngine, 'stop'>> {
  const conditions = testConditions(settings.test);
  await prepareMountNamespace();
  await reapLeftovers();
  const state = openState(settings.stateDir, onStop);
  const { drivers, image, unlimited } = await openDrivers(settings, state, onStop);
  const images = await openImages(state.root, { ...drivers, hostImage: settings.hostFallback ? image : undefined });

  const engine = new Engine({ state, drivers, buckets: new S3fs(state.pins), images, snapshots: snapshotDrivers(state.root), world: conditions.world });
  onStop(() => engine[Symbol.asyncDispose]());
  engine.objects.recover();
  onStop(sweepImages(engine, state));

  const { credentials, port, loose, advertised } = settings;
  const server = await startWireServer({
    engine,
    credentials,
    port,
    loose,
    faults: conditions.faults,
    reportDefect,
    ...(advertised === undefined ? {} : { advertised }),
  });
  onStop(() => server[Symbol.asyncDispose]());
  const warnings = [drivers.network.limitation, unlimited].filter((warning) => warning !== undefined);
  return { port: server.port, stateDir: state.root, authorityPath: drivers.certificate.authorityPath, warnings, perform: (action) => perform(action, engine, conditions) };
}

async function openDrivers({ stateDir, diskGiB }: EngineSettings, state: StatePaths, onStop: OnStop) {
  const instance = await registerInstance({ stateDir: state.root, ephemeral: stateDir === undefined });
  onStop(() => instance[Symbol.asyncDispose]());
  const { engineId, runDirectory } = instance;

  const host = await HostProcess.start({ program: agentFile('modal-local-host'), runDirectory });
  onStop(() => host[Symbol.asyncDispose]());
  const networking = createNetwork({ engineId, ...nameServers(), log: (message) => console.error(`modal-local: ${message}`) });
  // Also when something else fails while it is being made.
  onStop(async () => (await networking)[Symbol.asyncDispose]());
  const [choice, mounts, image, network] = await Promise.all([probeRuntime(), hostMounts(), hostImage(state.root), networking]);

  const runtime = new OciRuntime({ host, runtime: choice, engineId, runDirectory, agentPath: agentFile('modal-local-agent'), connect: connectAgent });
  const { pool, unlimited } = await openDisks({ stateDir: state.root, host, bytes: diskGiB * GIB }, onStop);
  const roots = await OverlayRoots.open({ host, stateDir: state.root, mountsDirectory: path.join(runDirectory, 'roots'), hostMounts: mounts, ...(pool === undefined ? {} : { pool }) });
  const machine = { cpuCores: availableParallelism(), memoryBytes: totalmem(), diskBytes: pool?.bytes };
  return { image, unlimited, drivers: { runtime, roots, network, certificate: loadTunnelCertificate(state.certificates), host: machine, runDirectory: state.root, reportDefect } };
}

/** Ready disks of the usual size; or, on a host that has none, why sandboxes' disks are not limited. */
async function openDisks(options: DiskPoolOptions, onStop: OnStop): Promise<{ pool?: DiskPool; unlimited?: string }> {
  if (options.bytes === 0) return {};
  await mkdir(path.join(options.stateDir, 'sb'), { recursive: true, mode: 0o700 });
  try {
    const pool = await DiskPool.open(options);
    onStop(() => pool[Symbol.asyncDispose]());
    return { pool };
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'FAILED_PRECONDITION') throw error;
    return { unlimited: `Sandboxes may fill this machine's disk: ${error.message}` };
  }
}

/** Name servers of sandboxes: `MODAL_LOCAL_NAMESERVERS`, addresses separated by commas, else the host's own. */
function nameServers(): { nameServers?: { address: string }[] } {
  const given = process.env['MODAL_LOCAL_NAMESERVERS'];
  if (!given) return {};
  const addresses = given.split(',').map((address) => address.trim());
  const wrong = addresses.find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw new EngineError('INVALID_ARGUMENT', `MODAL_LOCAL_NAMESERVERS: '${wrong}' is not an IP address`);
  return { nameServers: addresses.map((address) => ({ address })) };
}

/** Deletes expired images, and layers that nothing needs, from time to time; returns what ends it. */
function sweepImages(engine: Engine, state: StatePaths): () => void {
  const storage = imageStorage(state.root);
  const sweep = () =>
    void engine.objects.pruneImages(storage, { now: engine.world.now(), named: false }).catch((error: unknown) => reportDefect('the clean-up of images', error));
  const timer = setInterval(sweep, IMAGE_SWEEP_MS);
  return () => clearInterval(timer);
}

/** Programs that cargo builds lie beside the engine's bundle. */
function agentFile(name: string): string {
  return path.join(import.meta.dirname, 'agent', name);
}

function openState(stateDir: string | undefined, onStop: OnStop): StatePaths {
  if (stateDir === undefined) {
    const ephemeral = ephemeralStateDirectory();
    onStop(() => ephemeral[Symbol.dispose]());
    return ephemeral.paths;
  }
  const paths = openStateDirectory(stateDir);
  const lock = lockStateDirectory(paths.root);
  onStop(() => lock[Symbol.dispose]());
  return paths;
}

function reportDefect(method: string, error: unknown): void {
  console.error(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
