// Cloud buckets in a sandbox: what the caller asks for, checked and with its credentials, for a program that mounts it.

import type { BucketCredentials, BucketMounter, BucketSpec } from '../buckets/driver.js';
import { BucketMountError } from '../buckets/driver.js';
import { ROOT_UID, type Mount } from '../runtime/driver.js';
import { EngineError } from './errors.js';
import { quote } from './object-names.js';
import type { Env, Secrets } from './secrets.js';

export type BucketService = 's3' | 'r2' | 'gcp';

export interface BucketMountRequest {
  bucket: string;
  /** Absolute path in the sandbox. */
  path: string;
  service: BucketService;
  /** The service's own when absent. */
  endpoint?: string;
  /** All of the bucket when absent. */
  keyPrefix?: string;
  /** A public bucket when absent. */
  secretId?: string;
  readOnly: boolean;
  requesterPays: boolean;
  /** The bucket's name goes into the path of requests; for an endpoint of one's own it always does. */
  pathStyle: boolean;
}

export interface MountedBucketForSandbox extends AsyncDisposable {
  readonly mount: Mount;
}

// Endpoint, region and prefix become options of another program, where a comma begins the next one.
const BUCKET = /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,254}$/;
const REGION = /^[a-z0-9-]{1,64}$/;
const ENDPOINT = /^https?:\/\/[a-zA-Z0-9.:[\]-]+(\/[a-zA-Z0-9._~/-]*)?$/;
const PREFIX = /^[^/\0-\x1f\x7f][^\0-\x1f\x7f]*\/$/;

export class BucketMounts {
  constructor(
    private readonly mounter: BucketMounter | undefined,
    private readonly secrets: Pick<Secrets, 'resolve'>,
  ) {}

  /** Throws INVALID_ARGUMENT, NOT_FOUND for the secret, FAILED_PRECONDITION when the bucket cannot be mounted. */
  async mountFor(request: BucketMountRequest): Promise<MountedBucketForSandbox> {
    const env = request.secretId === undefined ? {} : this.secrets.resolve([{ secretId: request.secretId }]);
    const spec = toSpec(request, env);
    if (this.mounter === undefined) throw new EngineError('FAILED_PRECONDITION', 'This engine cannot mount cloud buckets');
    try {
      const bucket = await this.mounter.mount(spec);
      const mount = { source: bucket.path, target: request.path, readOnly: request.readOnly };
      return { mount, [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose]() };
    } catch (error) {
      if (error instanceof BucketMountError) throw new EngineError('FAILED_PRECONDITION', error.message, { cause: error });
      throw error;
    }
  }
}

function toSpec(request: BucketMountRequest, env: Env): BucketSpec {
  const { bucket, keyPrefix, readOnly, requesterPays, secretId } = request;
  check('bucket name', bucket, BUCKET);
  if (keyPrefix !== undefined && !PREFIX.test(keyPrefix)) {
    throw new EngineError('INVALID_ARGUMENT', `Invalid key prefix ${quote(keyPrefix)}: it must end with a slash and not start with one`);
  }
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region !== undefined) check('AWS_REGION', region, REGION);
  const endpoint = (request.endpoint ?? defaultEndpoint(request.service, region)).replace(/\/+$/, '');
  check('bucket endpoint URL', endpoint, ENDPOINT);
  if (requesterPays && secretId === undefined) throw new EngineError('INVALID_ARGUMENT', 'Requester pays needs credentials: give a secret');
  const ownEndpoint = request.endpoint !== undefined && !/\.(amazonaws\.com|googleapis\.com)$/.test(new URL(endpoint).hostname);
  return {
    bucket,
    endpoint,
    readOnly,
    requesterPays,
    pathStyle: request.pathStyle || ownEndpoint,
    owner: ROOT_UID,
    ...(region === undefined ? {} : { region }),
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    ...(secretId === undefined ? {} : { credentials: toCredentials(request.service, env) }),
  };
}

function defaultEndpoint(service: BucketService, region: string | undefined): string {
  switch (service) {
    case 's3':
      return region === undefined ? 'https://s3.amazonaws.com' : `https://s3.${region}.amazonaws.com`;
    case 'gcp':
      return 'https://storage.googleapis.com';
    case 'r2':
      throw new EngineError('INVALID_ARGUMENT', 'An R2 bucket needs its endpoint URL: https://ACCOUNT.r2.cloudflarestorage.com');
  }
}

function toCredentials(service: BucketService, env: Env): BucketCredentials {
  const [idKey, secretKey] = service === 'gcp' ? ['GOOGLE_ACCESS_KEY_ID', 'GOOGLE_ACCESS_KEY_SECRET'] : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
  const accessKeyId = env[idKey];
  const secretAccessKey = env[secretKey];
  if (!accessKeyId || !secretAccessKey) {
    throw new EngineError('INVALID_ARGUMENT', `The bucket's secret must hold ${idKey} and ${secretKey}`);
  }
  const sessionToken = env['AWS_SESSION_TOKEN'];
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function check(what: string, value: string, shape: RegExp): void {
  if (!shape.test(value)) throw new EngineError('INVALID_ARGUMENT', `Invalid ${what} ${quote(value)}`);
}
