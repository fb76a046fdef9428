import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startS3Server, type S3Server } from '../../../test/support/s3-server.js';
import type { BucketSpec } from '../driver.js';
import { S3fs, s3fsArguments } from './s3fs.js';

// The server lives in this process: file operations that block it would wait for themselves.
const canMount = existsSync('/dev/fuse') && existsSync('/usr/bin/s3fs') && process.getuid?.() === 0;
const CREDENTIALS = { accessKeyId: 'AKTEST', secretAccessKey: 'secret' };

let root: string;
let server: S3Server;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 's3fs-test-'));
  server = await startS3Server('data', CREDENTIALS.accessKeyId);
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

const spec = (changes: Partial<BucketSpec> = {}): BucketSpec => ({
  bucket: 'data',
  endpoint: server.url,
  readOnly: false,
  requesterPays: false,
  pathStyle: true,
  credentials: CREDENTIALS,
  owner: 200_000,
  ...changes,
});

const put = (key: string, text: string) => server.objects.set(`data/${key}`, { body: Buffer.from(text), headers: {} });

describe.skipIf(!canMount)('a bucket mounted by s3fs (root, /dev/fuse and s3fs needed)', () => {
  it('shows objects as files of the sandbox root, and files as objects', async () => {
    put('hello.txt', 'from the bucket');
    const bucket = await new S3fs(root).mount(spec());
    try {
      expect(await readFile(join(bucket.path, 'hello.txt'), 'utf8')).toBe('from the bucket');
      expect((await stat(join(bucket.path, 'hello.txt'))).uid).toBe(200_000);
      await mkdir(join(bucket.path, 'dir'));
      await writeFile(join(bucket.path, 'dir/new.txt'), 'from the file system');
      expect(server.objects.get('data/dir/new.txt')?.body.toString()).toBe('from the file system');
      expect((await readdir(bucket.path)).sort()).toEqual(['dir', 'hello.txt']);
    } finally {
      await bucket[Symbol.asyncDispose]();
    }
    expect(readdirSync(root)).toEqual([]);
    expect(server.objects.has('data/hello.txt')).toBe(true);
  });

  it('shows the part under a key prefix, read-only', async () => {
    put('a/b/in.txt', 'in');
    put('out.txt', 'out');
    await using bucket = await new S3fs(root).mount(spec({ keyPrefix: 'a/b/', readOnly: true }));
    expect(await readdir(bucket.path)).toEqual(['in.txt']);
    await expect(writeFile(join(bucket.path, 'x'), '')).rejects.toThrow(/EROFS/);
  });

  it('is taken away although its client answers nobody', async () => {
    const bucket = await new S3fs(root).mount(spec());
    process.kill(clientOf(bucket.path), 'SIGSTOP');
    await bucket[Symbol.asyncDispose]();
    expect(readdirSync(root)).toEqual([]);
  });

  it('is refused with the service’s reason when the credentials are wrong', async () => {
    const wrong = { ...CREDENTIALS, accessKeyId: 'AKWRONG' };
    await expect(new S3fs(root).mount(spec({ credentials: wrong }))).rejects.toThrow(/Bucket 'data' at http:\/\/127.*cannot be mounted: .*(403|nvalid)/s);
    expect(readdirSync(root)).toEqual([]);
  });

  it('is refused when there is no such bucket', async () => {
    await expect(new S3fs(root).mount(spec({ bucket: 'nope' }))).rejects.toThrow(/Bucket 'nope'/);
  });
});

/** The process that serves a mount point. */
function clientOf(path: string): number {
  const arguments_ = (pid: string) => (existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') : []);
  const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && arguments_(entry).includes(path));
  if (pid === undefined) throw new Error(`nothing serves ${path}`);
  return Number(pid);
}

describe('s3fs', () => {
  it('that is not installed is named', async () => {
    await expect(new S3fs(root, 'no-such-s3fs').mount(spec())).rejects.toThrow(existsSync('/dev/fuse') ? /apt-get install s3fs/ : /dev\/fuse/);
  });

  it('never sees credentials in its arguments', () => {
    expect(s3fsArguments(spec(), '/mnt').join(' ')).not.toMatch(/AKTEST|secret/);
  });
});
