// What creates share: the app, the environment's settings, built images and named objects, each looked up once.

import type { Image, Secret} from 'modal';
import { type App, type CloudBucketMount, type ModalClient, type Proxy as ModalProxy, type Volume } from 'modal';

import { abortable } from '../errors/abortable.js';
import { buildImage } from '../images/build-image.js';
import type { ImageSpec } from '../images/image-input.js';
import { buildCommands } from '../images/packages.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { type BucketMountInput, resolveBucketMount } from '../resources/bucket-mounts.js';
import { type ProxyInput, resolveProxy } from '../resources/proxies.js';
import { resolveSecret, type SecretInput } from '../resources/secrets.js';
import { resolveVolume, type VolumeInput } from '../resources/volumes.js';
import type { Connection } from './connection.js';
import { Once } from './once.js';

const rememberedEnds = 10_000;
// Of the whole process: a route may make a provider for each request.
const ended = new Set<string>();

/** Where sandboxes live. */
export interface Place {
  appName: string;
  environment: string | undefined;
}

export class Workspace {
  readonly #connection: Connection;
  readonly #apps = new Once<App>();
  readonly #images = new Once<Image>();
  readonly #secrets = new Once<Secret>();
  readonly #volumes = new Once<Volume>();
  readonly #proxies = new Once<ModalProxy>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  client(): ModalClient {
    return this.#connection.client();
  }

  /** The app, made when missing. */
  app({ appName, environment }: Place): Promise<App> {
    const client = this.client();
    return this.#apps.get(JSON.stringify([appName, environment]), () =>
      client.apps.fromName(appName, { createIfMissing: true, ...omitUndefined({ environment }) }),
    );
  }

  /** The built image. `base` is an Image of the SDK that `spec` adds to. */
  async image(base: Image | undefined, spec: ImageSpec, place: Place): Promise<Image> {
    const client = this.client();
    if (base) {
      const commands = buildCommands(spec);
      return buildImage(client, await this.app(place), commands.length === 0 ? base : base.dockerfileCommands(commands));
    }
    const build = async (): Promise<Image> => {
      // The builder's version is asked for beside the app, not after it; a failure comes back from the build.
      if (spec.id === undefined) client.getImageBuilderVersion(client.environmentName(place.environment)).catch(() => {});
      return buildImage(client, await this.app(place), spec);
    };
    return holdsSecret(spec) ? build() : this.#images.get(JSON.stringify([place, spec]), build);
  }

  secret(input: SecretInput, { environment }: Place): Promise<Secret> {
    const resolve = () => resolveSecret(this.client(), input, environment);
    return isNamed(input) ? this.#secrets.get(JSON.stringify([environment, input]), resolve) : resolve();
  }

  volume(input: VolumeInput, { environment }: Place): Promise<Volume> {
    const resolve = () => resolveVolume(this.client(), input, environment);
    return isNamed(input) ? this.#volumes.get(JSON.stringify([environment, input]), resolve) : resolve();
  }

  bucketMount(input: BucketMountInput, { environment }: Place): Promise<CloudBucketMount> {
    return resolveBucketMount(this.client(), input, environment);
  }

  proxy(input: ProxyInput, { environment }: Place): Promise<ModalProxy> {
    const resolve = () => resolveProxy(this.client(), input, environment);
    return isNamed(input) ? this.#proxies.get(JSON.stringify([environment, input]), resolve) : resolve();
  }

  /** Notes that this process ended the sandbox: Modal takes a while to see to it, and would say "running" meanwhile. */
  noteEnd(sandboxId: string): void {
    ended.add(sandboxId);
    const [oldest] = ended;
    if (ended.size > rememberedEnds && oldest !== undefined) ended.delete(oldest);
  }

  /** Whether this process ended the sandbox lately. */
  hasEnded(sandboxId: string): boolean {
    return ended.has(sandboxId);
  }

  /** Forgets every look-up: what they found may have been deleted since. */
  forget(): void {
    for (const kept of [this.#apps, this.#images, this.#secrets, this.#volumes, this.#proxies]) kept.clear();
  }

  /** Runs `call` with the client; `signal` ends the wait for it. */
  call<T>(signal: AbortSignal | undefined, call: (client: ModalClient) => Promise<T>): Promise<T> {
    return abortable(signal, async () => call(this.client()));
  }
}

/** Values may hold secrets, and objects of the SDK have no text: neither makes a key. */
function isNamed(input: string | object): boolean {
  return typeof input === 'string' || (Object.getPrototypeOf(input) === Object.prototype && !('values' in input));
}

function holdsSecret({ secret, buildSecrets = [], force }: ImageSpec): boolean {
  return force === true || [secret, ...buildSecrets].some((entry) => entry !== undefined && !isNamed(entry));
}
