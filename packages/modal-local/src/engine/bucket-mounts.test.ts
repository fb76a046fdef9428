import { describe, expect, it } from 'vitest';
import { BucketMountError, type BucketSpec } from '../buckets/driver.js';
import { BucketMounts, type BucketMountRequest } from './bucket-mounts.js';

const ENV: Record<string, string> = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };
const request = (changes: Partial<BucketMountRequest> = {}): BucketMountRequest => ({
  bucket: 'data',
  path: '/bucket',
  service: 's3',
  readOnly: true,
  requesterPays: false,
  pathStyle: false,
  ...changes,
});

async function specOf(changes: Partial<BucketMountRequest>, env = ENV): Promise<BucketSpec> {
  let seen: BucketSpec | undefined;
  const mounter = {
    mount: async (spec: BucketSpec) => {
      seen = spec;
      return { path: '/on/host', [Symbol.asyncDispose]: async () => undefined };
    },
  };
  const { mount } = await new BucketMounts(mounter, { resolve: () => env }).mountFor(request(changes));
  expect(mount).toEqual({ source: '/on/host', target: '/bucket', readOnly: true });
  if (!seen) throw new Error('Nothing was mounted');
  return seen;
}

const invalid = (message: RegExp) => expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) });

describe('a bucket mount', () => {
  it('goes to the endpoint of its service and region', async () => {
    expect((await specOf({})).endpoint).toBe('https://s3.amazonaws.com');
    expect((await specOf({ secretId: 'st-1' }, { ...ENV, AWS_REGION: 'eu-west-1' })).endpoint).toBe('https://s3.eu-west-1.amazonaws.com');
    expect((await specOf({ service: 'gcp' })).endpoint).toBe('https://storage.googleapis.com');
    await expect(specOf({ service: 'r2' })).rejects.toEqual(invalid(/R2 bucket needs its endpoint/));
  });

  it('uses path style at an endpoint of one’s own', async () => {
    expect(await specOf({ endpoint: 'http://127.0.0.1:9000/' })).toMatchObject({ endpoint: 'http://127.0.0.1:9000', pathStyle: true });
    expect((await specOf({ endpoint: 'https://s3.eu-west-1.amazonaws.com' })).pathStyle).toBe(false);
  });

  it('is public without a secret and signed with one', async () => {
    expect((await specOf({})).credentials).toBeUndefined();
    expect((await specOf({ secretId: 'st-1' }, { ...ENV, AWS_SESSION_TOKEN: 't' })).credentials).toEqual({ accessKeyId: 'id', secretAccessKey: 'key', sessionToken: 't' });
    await expect(specOf({ secretId: 'st-1' }, {})).rejects.toEqual(invalid(/AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/));
    await expect(specOf({ requesterPays: true })).rejects.toEqual(invalid(/needs credentials/));
  });

  it.each<[Partial<BucketMountRequest>, Record<string, string>]>([
    [{ bucket: 'a,logfile=/etc/x' }, ENV],
    [{ bucket: '-o' }, ENV],
    [{ endpoint: 'http://x/,use_cache=/etc' }, ENV],
    [{ endpoint: 'ftp://x' }, ENV],
    [{ keyPrefix: 'no-slash' }, ENV],
    [{ keyPrefix: '/a/' }, ENV],
    [{ keyPrefix: 'a\n/' }, ENV],
    [{ secretId: 'st-1' }, { ...ENV, AWS_REGION: 'x,logfile=/etc/x' }],
  ])('refuses what would become an option of the mounting program: %j', async (changes, env) => {
    await expect(specOf(changes, env)).rejects.toEqual(invalid(/Invalid/));
  });

  it('that the machine cannot make says why', async () => {
    const mounter = { mount: () => Promise.reject(new BucketMountError('no s3fs here')) };
    await expect(new BucketMounts(mounter, { resolve: () => ENV }).mountFor(request())).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: 'no s3fs here' });
    await expect(new BucketMounts(undefined, { resolve: () => ENV }).mountFor(request())).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });
});
