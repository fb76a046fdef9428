// Buckets of S3, R2, GCS and the like, as directories.

import { InvalidArgumentError, rejectUnknownOptions } from 'computesdk';
import { CloudBucketMount, type ModalClient } from 'modal';

import { omitUndefined } from '../options/omit-undefined.js';
import { resolveSecret, type SecretInput } from './secrets.js';

export interface BucketMount {
  bucket: string;
  /** Secret with the bucket's credentials. */
  secret?: SecretInput | undefined;
  /** Default `false`. */
  readOnly?: boolean | undefined;
  /** Default `false`. */
  requesterPays?: boolean | undefined;
  /** Endpoint of an S3-compatible service. Default: AWS S3. */
  endpointUrl?: string | undefined;
  /** Mount only what is under this prefix; ends with `/`. */
  keyPrefix?: string | undefined;
  /** AWS role to take on with the sandbox's identity token. */
  oidcAuthRoleArn?: string | undefined;
}

/** The name of a public bucket, a BucketMount, or a CloudBucketMount of the SDK. */
export type BucketMountInput = string | BucketMount | CloudBucketMount;

const known = ['bucket', 'secret', 'readOnly', 'requesterPays', 'endpointUrl', 'keyPrefix', 'oidcAuthRoleArn'];

export async function resolveBucketMount(
  client: ModalClient,
  input: BucketMountInput,
  environment: string | undefined,
): Promise<CloudBucketMount> {
  if (input instanceof CloudBucketMount) return input;
  const mount = typeof input === 'string' ? { bucket: input } : input;
  rejectUnknownOptions(mount, known, 'a bucket mount');
  const { bucket, secret, endpointUrl, ...rest } = mount;
  if (typeof bucket !== 'string' || bucket === '') {
    throw new InvalidArgumentError('A bucket mount needs a bucket', { field: 'bucketMounts' });
  }
  return client.cloudBucketMounts.create(
    bucket,
    omitUndefined({
      ...rest,
      bucketEndpointUrl: endpointUrl,
      secret: secret === undefined ? undefined : await resolveSecret(client, secret, environment),
    }),
  );
}
