// Secrets, and the sources of variables that creations and execs carry.

import { EngineError } from '../engine/errors.js';
import type { SecretSource } from '../engine/secrets.js';
import { toCreation } from './creation.js';
import type { SecretDeleteRequest, SecretGetOrCreateRequest, SecretSource as WireSecretSource } from './gen/modal/client.js';
import { idempotent } from './idempotent.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function secretHandlers({ engine }: WireOptions): ControlHandlers {
  const { secrets } = engine.objects;
  return {
    secretGetOrCreate: idempotent(engine.world, (request: SecretGetOrCreateRequest) => {
      const secret = secrets.getOrCreate({
        name: request.deploymentName,
        environmentName: request.environmentName,
        creation: toCreation(request.objectCreationType),
        env: request.envDict,
        requiredKeys: request.requiredKeys,
      });
      return { secretId: secret.id, metadata: { name: secret.name, keys: secret.keys, environmentName: secret.environmentName } };
    }),

    secretDelete: idempotent(engine.world, (request: SecretDeleteRequest) => {
      secrets.delete(request.secretId);
      return {};
    }),
  };
}

/** SDK 0.11.1 names each secret twice, in `sources` in the order that counts; older ones send ids and variables apart. */
export function secretSources(sources: readonly WireSecretSource[], secretIds: readonly string[], env: Readonly<Record<string, string>>): SecretSource[] {
  const named = sources.length > 0 ? sources.map(toSource) : secretIds.map((secretId) => ({ secretId }));
  return [...named, { env }];
}

function toSource({ secretId, env }: WireSecretSource): SecretSource {
  if (env) return { env: env.contents };
  if (secretId !== undefined) return { secretId };
  throw new EngineError('INVALID_ARGUMENT', 'A secret source needs an id or variables');
}
