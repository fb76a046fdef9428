import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { credentialsOf } from './credentials.js';
import { signedHeaders } from './ecr.js';

describe('a registry secret', () => {
  it('of the plain kind is a user and a password', async () => {
    expect(await credentialsOf({ kind: 'static', env: { REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD: 'p:q' } }, 'r')).toEqual({ username: 'u', password: 'p:q' });
    expect(await credentialsOf({ kind: 'none' }, 'r')).toBeUndefined();
  });

  it('of Google’s is the key itself', async () => {
    const key = '{"type":"service_account"}';
    expect(await credentialsOf({ kind: 'gcp', env: { SERVICE_ACCOUNT_JSON: key } }, 'europe-docker.pkg.dev')).toEqual({ username: '_json_key', password: key });
    await expect(credentialsOf({ kind: 'gcp', env: { SERVICE_ACCOUNT_JSON: 'private' } }, 'r')).rejects.toThrow('is not JSON');
  });

  it('of Amazon’s is exchanged for a password by a signed call', async () => {
    const calls: Record<string, unknown>[] = [];
    const server = createServer((request, response) => {
      calls.push(request.headers);
      response.end(JSON.stringify({ authorizationData: [{ authorizationToken: Buffer.from('AWS:the-password').toString('base64') }] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL_ECR: endpoint };
    expect(await credentialsOf({ kind: 'aws', env }, '123.dkr.ecr.eu-west-1.amazonaws.com')).toEqual({ username: 'AWS', password: 'the-password' });
    expect(calls[0]).toMatchObject({ 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' });
    expect(String(calls[0]?.['authorization'])).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/ecr\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=[0-9a-f]{64}$/);
    server.closeAllConnections();
    server.close();
    await expect(credentialsOf({ kind: 'aws', env }, '123.dkr.ecr.eu-west-1.amazonaws.com')).rejects.toThrow('cannot be reached');
  });

  it('that lacks a key says which, and never what it holds', async () => {
    await expect(credentialsOf({ kind: 'aws', env: { AWS_ACCESS_KEY_ID: 'AKID' } }, 'x')).rejects.toThrow('has no AWS_SECRET_ACCESS_KEY');
    await expect(credentialsOf({ kind: 'aws', env: { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'hush' } }, 'x')).rejects.toThrow(/^(?!.*hush).*AWS_REGION/);
  });

  it('signs every header of the call: another secret or time is another signature', () => {
    const access = { accessKeyId: 'A', secretAccessKey: 's', sessionToken: undefined, region: 'us-east-1', endpoint: undefined };
    const url = new URL('https://api.ecr.us-east-1.amazonaws.com/');
    const at = new Date('2026-01-02T03:04:05Z');
    const first = signedHeaders(access, url, at)['authorization'];
    expect(signedHeaders(access, url, at)['authorization']).toBe(first);
    expect(signedHeaders({ ...access, secretAccessKey: 't' }, url, at)['authorization']).not.toBe(first);
    expect(signedHeaders(access, url, at)['x-amz-date']).toBe('20260102T030405Z');
    expect(signedHeaders({ ...access, sessionToken: 'token' }, url, at)['authorization']).toContain('x-amz-security-token');
  });
});
