// What the name in FROM means: an image that was given along, a local alias, or a registry's; and, when the registry
// cannot be reached, this machine's own files.

import type { RootImage } from '../../images/driver.js';
import { ImageError } from '../../images/image-error.js';
import type { RegistryAuth } from '../../images/registry/credentials.js';
import { canonicalName, parseReference, type ImageReference } from '../../images/registry/reference.js';
import type { ImageDrivers } from './image-drivers.js';

/** Bases whose programs this machine has, too. */
const WELL_KNOWN = new Set(['python', 'node', 'debian', 'ubuntu'].map((name) => `library/${name}`));

export interface BaseRequest {
  /** Images named in the request itself, such as `base`. */
  given: ReadonlyMap<string, RootImage>;
  /** The local image of a canonical name. */
  alias: (name: string) => RootImage | undefined;
  auth: RegistryAuth;
  onLine: (line: string) => void;
  onWarning: (warning: string) => void;
  signal?: AbortSignal;
}

export class BaseImages {
  constructor(private readonly drivers: ImageDrivers) {}

  /** Rejects with ImageError or LayerError. */
  async resolve(name: string, request: BaseRequest): Promise<RootImage> {
    const given = request.given.get(name);
    if (given !== undefined) return given;
    const reference = parseReference(name);
    const aliased = request.alias(canonicalName(reference));
    if (aliased !== undefined) {
      request.onLine(`${name} is a local image`);
      return aliased;
    }
    const { auth, onLine, signal } = request;
    try {
      return await this.drivers.registry.pull(reference, { auth, onLine, ...(signal === undefined ? {} : { signal }) });
    } catch (error) {
      if (!(error instanceof ImageError) || error.code !== 'UNREACHABLE') throw error;
      return this.#standIn(name, reference, error, request);
    }
  }

  /** Why this machine's files stand in for the name, while it is known that no registry answers. */
  standInWarning(name: string, reason: string): string {
    return `The registry of '${name}' cannot be reached (${reason}). This machine's own files stand in for the image '${name}': its programs and their versions are this machine's`;
  }

  #standIn(name: string, reference: ImageReference, error: ImageError, { onWarning }: BaseRequest): RootImage {
    const { hostImage } = this.drivers;
    if (hostImage === undefined || !isWellKnown(reference)) {
      const advice = `Import it (\`modal-local images import FILE NAME\`), let this machine's own files stand in for it (\`modal-local images alias ${name} host\`), or configure a mirror (MODAL_LOCAL_REGISTRY_MIRRORS)`;
      throw new ImageError('UNREACHABLE', `${error.message}. ${hostImage === undefined ? "Standing in with this machine's own files is switched off" : advice}`, { cause: error });
    }
    onWarning(this.standInWarning(name, this.drivers.registry.knownUnreachable(reference) ?? error.message));
    return hostImage;
  }
}

export function isWellKnown({ registry, repository }: ImageReference): boolean {
  return registry === 'docker.io' && WELL_KNOWN.has(repository);
}
