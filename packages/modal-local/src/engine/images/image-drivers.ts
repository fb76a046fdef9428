// What the domain of images stands on.

import type { RootImage } from '../../images/driver.js';
import type { ImageBuilder, StepCache } from '../../images/build/image-builder.js';
import type { LayerStore } from '../../images/layers/layer-store.js';
import type { Registry } from '../../images/registry/registry.js';

export interface ImageDrivers {
  registry: Pick<Registry, 'pull' | 'knownUnreachable'>;
  /** Makes a builder that remembers its steps in the given cache. */
  builder: (cache: StepCache) => Pick<ImageBuilder, 'build'>;
  layers: Pick<LayerStore, 'has'>;
  /** This machine's own files, for when a registry cannot be reached; undefined refuses instead. */
  hostImage: RootImage | undefined;
}
