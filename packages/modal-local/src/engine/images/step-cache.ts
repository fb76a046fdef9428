// Remembers what each step of a build came to, for as long as its layers are there.

import type { StepCache } from '../../images/build/image-builder.js';
import type { RootImage } from '../../images/driver.js';
import type { BuildStepRepository } from '../../store/build-steps.js';
import type { World } from '../world.js';

export function stepCache(repository: BuildStepRepository, present: (image: RootImage) => Promise<boolean>, world: World): StepCache {
  return {
    async get(key) {
      const record = repository.byKey(key);
      if (record === undefined || !(await present(record))) return undefined;
      repository.setUsed(key, world.now());
      const { layers, config, host } = record;
      return { layers, config, host };
    },
    async put(key, { layers, config, host }) {
      repository.put({ key, layers, config, host, usedAt: world.now() });
    },
  };
}
