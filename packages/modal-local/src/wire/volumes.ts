// Volumes. Their mounts are part of a sandbox's definition.

import type { Volume, VolumeRequest } from '../engine/volumes.js';
import { toCreation } from './creation.js';
import { VolumeFsVersion, type DeepPartial, type VolumeGetOrCreateRequest, type VolumeGetOrCreateResponse } from './gen/modal/client.js';
import { idempotent } from './idempotent.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function volumeHandlers({ engine }: WireOptions): ControlHandlers {
  const { volumes } = engine.objects;
  return {
    volumeGetOrCreate: idempotent(engine.world, (request: VolumeGetOrCreateRequest) => toResponse(volumes.getOrCreate(toRequest(request)))),

    async volumeHeartbeat(request) {
      volumes.heartbeat(request.volumeId);
      return {};
    },

    volumeDelete: idempotent(engine.world, async (request) => {
      await volumes.delete(request.volumeId);
      return {};
    }),
  };
}

function toRequest(request: VolumeGetOrCreateRequest): VolumeRequest {
  return {
    name: request.deploymentName,
    environmentName: request.environmentName,
    creation: toCreation(request.objectCreationType),
    ...(request.version === VolumeFsVersion.VOLUME_FS_VERSION_UNSPECIFIED ? {} : { version: request.version }),
  };
}

function toResponse(volume: Volume): DeepPartial<VolumeGetOrCreateResponse> {
  const { id, version, createdAt } = volume;
  return { volumeId: id, version, metadata: { version, name: volume.name ?? '', creationInfo: { createdAt: createdAt / 1_000 } } };
}
