// Fetches images from registries into the layer store.

import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RootImage } from '../driver.js';
import { ImageError } from '../image-error.js';
import type { LayerStore } from '../layers/layer-store.js';
import { assembleImage } from '../oci/assemble.js';
import { readLayout } from '../oci/layout.js';
import { Skopeo, type TransferOptions } from '../oci/skopeo.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { credentialsOf, type RegistryAuth } from './credentials.js';
import { PulledImages } from './pulled-images.js';
import { Reachability } from './reachability.js';
import { transferName, type ImageReference } from './reference.js';
import { endpointsOf, readRegistryConfig, registriesConf } from './registry-config.js';
import { skopeoFailure } from './skopeo-failure.js';

export interface PullOptions {
  auth?: RegistryAuth;
  /** Lines of progress. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

const INSPECT_TIMEOUT_MS = 30_000;
const RETRY_DELAYS_MS = [500, 1_000, 2_000];

export class Registry {
  readonly #skopeo: Skopeo;
  readonly #reachability: Reachability;
  readonly #pulled: PulledImages;

  constructor(
    private readonly stateDir: string,
    private readonly layers: LayerStore,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {
    this.#skopeo = new Skopeo(stateDir);
    this.#pulled = new PulledImages(stateDir, layers);
    this.#reachability = new Reachability(environment);
  }

  /** Why the registry cannot be reached, as far as that is already known. */
  knownUnreachable(reference: ImageReference): string | undefined {
    return this.#reachability.remembered(reference.registry);
  }

  /** Rejects with `ImageError` or `LayerError`. A registry that does not answer is given up on within three seconds, and at once for a while. */
  async pull(reference: ImageReference, options: PullOptions = {}): Promise<RootImage> {
    const name = transferName(reference);
    const endpoints = endpointsOf(await readRegistryConfig(this.stateDir, this.environment), reference.registry);
    const problem = await this.#reachability.problem(reference.registry, endpoints);
    if (problem !== undefined) throw new ImageError('UNREACHABLE', `The registry of '${name}' cannot be reached: ${problem}`);
    const credentials = await credentialsOf(options.auth ?? { kind: 'none' }, reference.registry);
    const transfer: TransferOptions = {
      registriesConf: registriesConf(reference.registry, endpoints),
      ...(credentials === undefined ? {} : { credentials: { registry: reference.registry, credentials } }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    try {
      return await this.#pull(name, transfer, options);
    } catch (error) {
      const alone = endpoints.length === 1;
      if (alone && error instanceof ImageError && error.code === 'UNREACHABLE') this.#reachability.remember(reference.registry, error.message);
      throw error;
    }
  }

  async #pull(name: string, transfer: TransferOptions, { onLine, signal }: PullOptions): Promise<RootImage> {
    const inspected = await this.#skopeo.run(['inspect', '--raw', '--retry-times', '1', `docker://${name}`], { ...transfer, timeoutMs: INSPECT_TIMEOUT_MS });
    if (inspected.code !== 0) throw skopeoFailure(name, inspected.stderr);
    const digest = createHash('sha256').update(inspected.stdout).digest('hex');
    const known = await this.#pulled.find(digest);
    if (known !== undefined) {
      onLine?.(`${name} is up to date (sha256:${digest})`);
      return known;
    }
    onLine?.(`Pulling ${name} (sha256:${digest})`);
    const layout = await temporaryDirectory(this.stateDir, 'layout-');
    try {
      const blobs = join(this.stateDir, 'blobs');
      await mkdir(blobs, { recursive: true, mode: 0o700 });
      await this.#copy(name, ['--dest-shared-blob-dir', blobs, `docker://${name}`, `oci:${layout}:image`], {
        ...transfer,
        onLine: (line) => void (/^(?:Copying|Writing|Getting)/.test(line) && onLine?.(line)),
      });
      const image = await readLayout(layout, blobs);
      const root = await assembleImage(this.stateDir, this.layers, image, { ...(onLine === undefined ? {} : { onLine }), ...(signal === undefined ? {} : { signal }) });
      await this.#pulled.add(digest, root);
      return root;
    } finally {
      await rm(layout, { recursive: true, force: true });
    }
  }

  /** Layers that have arrived stay: another attempt fetches what is missing. */
  async #copy(name: string, args: readonly string[], transfer: TransferOptions): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { code, stderr } = await this.#skopeo.run(['copy', '--retry-times', '1', ...args], transfer);
      if (code === 0) return;
      const failure = skopeoFailure(name, stderr);
      if (failure.code !== 'TRANSFER_FAILED' || attempt > RETRY_DELAYS_MS.length) throw failure;
      transfer.onLine?.(`Getting it again: ${failure.message}`);
      await sleep(RETRY_DELAYS_MS[attempt - 1], undefined, transfer.signal === undefined ? {} : { signal: transfer.signal });
    }
  }
}
