// Cloud bucket mounts, as a sandbox's definition holds them.

import type { BucketMountRequest, BucketService } from '../engine/bucket-mounts.js';
import { EngineError } from '../engine/errors.js';
import { CloudBucketMountBucketType as BucketType, type CloudBucketMount } from './gen/modal/client.js';

/** Throws INVALID_ARGUMENT. */
export function toBucketMounts(mounts: readonly CloudBucketMount[]): BucketMountRequest[] {
  return mounts.map((mount) => ({
    bucket: mount.bucketName,
    path: mount.mountPath,
    service: toService(mount.bucketType),
    readOnly: mount.readOnly,
    requesterPays: mount.requesterPays,
    pathStyle: mount.forcePathStyle,
    ...(mount.bucketEndpointUrl ? { endpoint: mount.bucketEndpointUrl } : {}),
    ...(mount.keyPrefix ? { keyPrefix: mount.keyPrefix } : {}),
    ...(mount.credentialsSecretId ? { secretId: mount.credentialsSecretId } : {}),
  }));
}

function toService(type: BucketType): BucketService {
  switch (type) {
    case BucketType.CLOUD_BUCKET_MOUNT_BUCKET_TYPE_UNSPECIFIED:
    case BucketType.CLOUD_BUCKET_MOUNT_BUCKET_TYPE_S3:
      return 's3';
    case BucketType.CLOUD_BUCKET_MOUNT_BUCKET_TYPE_R2:
      return 'r2';
    case BucketType.CLOUD_BUCKET_MOUNT_BUCKET_TYPE_GCP:
      return 'gcp';
    default:
      throw new EngineError('INVALID_ARGUMENT', `bucket_type ${type} is unknown`);
  }
}
