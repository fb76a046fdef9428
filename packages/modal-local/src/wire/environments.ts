// Environments.

import { DEFAULT_ENVIRONMENT, IMAGE_BUILDER_VERSION } from '../engine/environments.js';
import { toCreation } from './creation.js';
import type { EnvironmentCreateRequest, EnvironmentDeleteRequest } from './gen/modal/client.js';
import { idempotent } from './idempotent.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function environmentHandlers({ engine }: WireOptions): ControlHandlers {
  const { environments } = engine.objects;
  return {
    async environmentGetOrCreate(request) {
      const environment = environments.getOrCreate(request.deploymentName, toCreation(request.objectCreationType));
      return {
        environmentId: environment.id,
        metadata: { name: environment.name, settings: { imageBuilderVersion: IMAGE_BUILDER_VERSION } },
      };
    },

    environmentCreate: idempotent(engine.world, (request: EnvironmentCreateRequest) => {
      environments.create(request.name);
      return {};
    }),

    async environmentList() {
      return {
        items: environments.list().map((environment) => ({
          name: environment.name,
          environmentId: environment.id,
          createdAt: environment.createdAt / 1000,
          default: environment.name === DEFAULT_ENVIRONMENT,
        })),
      };
    },

    environmentDelete: idempotent(engine.world, (request: EnvironmentDeleteRequest) => {
      environments.delete(request.name);
      return {};
    }),
  };
}
