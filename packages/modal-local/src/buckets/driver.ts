// What the engine asks of a program that makes a cloud bucket look like a directory. One folder an implementation.

export interface BucketCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

export interface BucketSpec {
  bucket: string;
  /** Base URL of the S3-compatible service, without the bucket. */
  endpoint: string;
  region?: string;
  /** Without leading slash; ends in one. All of the bucket when absent. */
  keyPrefix?: string;
  readOnly: boolean;
  requesterPays: boolean;
  /** The bucket's name is part of the path, not of the host's name. */
  pathStyle: boolean;
  /** A public bucket when absent. */
  credentials?: BucketCredentials;
  /** Owner of all files on the host. */
  owner: number;
}

export interface MountedBucket extends AsyncDisposable {
  /** The directory on the host. */
  readonly path: string;
}

/** The bucket cannot be mounted here, or not so; the message says what to do. */
export class BucketMountError extends Error {
  override readonly name = 'BucketMountError';
}

export interface BucketMounter {
  /** Resolves when the files can be read. Throws `BucketMountError`. */
  mount(spec: BucketSpec): Promise<MountedBucket>;
}
