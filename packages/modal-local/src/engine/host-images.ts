// This machine as an image, under the names of well-known bases.

import type { RootImage } from '../images/driver.js';
import { EngineError } from './errors.js';
import { mintId } from './mint-id.js';
import type { World } from './world.js';

const WELL_KNOWN = /^(?:docker\.io\/)?(?:library\/)?(?:python|node|debian|ubuntu)(?:[:@].*)?$/;

export class HostImages {
  readonly #hostImage: RootImage;
  readonly #world: World;
  readonly #ids = new Map<string, string>();

  constructor(hostImage: RootImage, world: World) {
    this.#hostImage = hostImage;
    this.#world = world;
  }

  /** The image's id. Throws FAILED_PRECONDITION for a name that this machine cannot stand in for. */
  standIn(name: string): string {
    if (!WELL_KNOWN.test(name)) {
      throw new EngineError('FAILED_PRECONDITION', `The image '${name}' cannot be pulled: only python, node, debian and ubuntu are served, by this machine's own files`);
    }
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = mintId(this.#world, 'im');
    this.#ids.set(name, id);
    return id;
  }

  /** Throws NOT_FOUND. */
  root(id: string): RootImage {
    if ([...this.#ids.values()].includes(id)) return this.#hostImage;
    throw new EngineError('NOT_FOUND', `Could not find image with ID ${id}`);
  }
}
