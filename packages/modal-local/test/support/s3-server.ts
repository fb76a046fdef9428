// A small S3-compatible endpoint on 127.0.0.1, in memory: what a FUSE client needs for small files.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface StoredObject {
  body: Buffer;
  headers: Record<string, string>;
}

export interface S3Server extends AsyncDisposable {
  readonly url: string;
  /** By `bucket/key`. */
  readonly objects: Map<string, StoredObject>;
  /** What requests carried, to look at. */
  readonly requests: { method: string; path: string; headers: IncomingHttpHeaders }[];
}

/** Serves one bucket; refuses requests that are not signed with `accessKeyId`, if one is given. */
export async function startS3Server(bucket: string, accessKeyId?: string): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map();
  const requests: S3Server['requests'] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://s3');
    requests.push({ method: request.method ?? '', path: url.pathname, headers: request.headers });
    const signed = accessKeyId === undefined || request.headers.authorization?.includes(`Credential=${accessKeyId}/`);
    if (!signed) return fail(response, 403, 'InvalidAccessKeyId');
    const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
    if (name !== bucket) return fail(response, 404, 'NoSuchBucket');
    const key = rest.join('/');
    if (key === '') list(response, bucket, url.searchParams, objects);
    else void handleObject(request, response, `${bucket}/${key}`, objects);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function handleObject(request: IncomingMessage, response: ServerResponse, path: string, objects: S3Server['objects']): Promise<void> {
  switch (request.method) {
    case 'PUT': {
      const source = request.headers['x-amz-copy-source'];
      const copied = typeof source === 'string' ? objects.get(decodeURIComponent(source).replace(/^\//, '')) : undefined;
      const body = copied?.body ?? Buffer.concat(await request.toArray());
      objects.set(path, { body, headers: metadata(request.headers) });
      response.setHeader('etag', etag(body));
      return void response.end(copied ? `<CopyObjectResult><ETag>${etag(body)}</ETag></CopyObjectResult>` : undefined);
    }
    case 'DELETE':
      objects.delete(path);
      return void response.writeHead(204).end();
    default: {
      const object = objects.get(path);
      if (!object) return fail(response, 404, 'NoSuchKey');
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const body = from === undefined ? object.body : object.body.subarray(Number(from), Number(to) + 1);
      response.writeHead(from === undefined ? 200 : 206, { ...object.headers, etag: etag(object.body), 'content-length': body.length, 'last-modified': new Date().toUTCString() });
      return void response.end(request.method === 'HEAD' ? undefined : body);
    }
  }
}

function list(response: ServerResponse, bucket: string, query: URLSearchParams, objects: S3Server['objects']): void {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keys = [...objects.keys()].map((path) => path.slice(bucket.length + 1)).filter((key) => key.startsWith(prefix)).sort();
  const folded = (key: string) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + 1);
  };
  const contents = keys.filter((key) => folded(key) === undefined).map((key) => {
    const body = objects.get(`${bucket}/${key}`)?.body ?? Buffer.alloc(0);
    return `<Contents><Key>${key}</Key><Size>${body.length}</Size><ETag>${etag(body)}</ETag><LastModified>${new Date().toISOString()}</LastModified></Contents>`;
  });
  const prefixes = [...new Set(keys.flatMap((key) => folded(key) ?? []))].map((folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`);
  response.setHeader('content-type', 'application/xml');
  response.end(`<ListBucketResult><Name>${bucket}</Name><Prefix>${prefix}</Prefix><IsTruncated>false</IsTruncated>${contents.join('')}${prefixes.join('')}</ListBucketResult>`);
}

function metadata(headers: IncomingHttpHeaders): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-') || name === 'content-type');
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);
}
