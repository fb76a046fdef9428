// A password for Amazon's container registry: one signed call (AWS Signature Version 4), valid for twelve hours.

import { createHash, createHmac } from 'node:crypto';
import { z } from 'zod';
import { ImageError } from '../image-error.js';

export interface EcrAccess {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
  region: string;
  /** Instead of AWS's own. */
  endpoint: string | undefined;
}

const answerSchema = z.object({ authorizationData: z.array(z.object({ authorizationToken: z.string() })).min(1) });
const SERVICE = 'ecr';
const TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
const BODY = '{}';

/** Throws BAD_CREDENTIALS when AWS refuses, UNREACHABLE when it does not answer. */
export async function ecrPassword(access: EcrAccess): Promise<string> {
  const url = new URL(access.endpoint ?? `https://api.ecr.${access.region}.amazonaws.com/`);
  const headers = signedHeaders(access, url, new Date());
  const response = await fetch(url, { method: 'POST', headers, body: BODY, signal: AbortSignal.timeout(10_000) }).catch((error: unknown) => {
    throw new ImageError('UNREACHABLE', `${url.host} cannot be reached for a registry password`, { cause: error });
  });
  const text = await response.text();
  if (!response.ok) throw new ImageError('BAD_CREDENTIALS', `AWS gives no registry password (${response.status}): ${text.slice(0, 300)}`);
  const token = answerSchema.parse(JSON.parse(text)).authorizationData[0]?.authorizationToken ?? '';
  return Buffer.from(token, 'base64').toString('utf8').replace(/^AWS:/, '');
}

/** All headers of the call, its signature among them. */
export function signedHeaders(access: EcrAccess, url: URL, now: Date): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers: Record<string, string> = {
    'content-type': 'application/x-amz-json-1.1',
    host: url.host,
    'x-amz-date': time,
    ...(access.sessionToken === undefined ? {} : { 'x-amz-security-token': access.sessionToken }),
    'x-amz-target': TARGET,
  };
  const names = Object.keys(headers).sort();
  const signedNames = names.join(';');
  const canonical = ['POST', url.pathname, '', ...names.map((name) => `${name}:${headers[name]}`), '', signedNames, sha256(BODY)].join('\n');
  const scope = `${day}/${access.region}/${SERVICE}/aws4_request`;
  const key = [day, access.region, SERVICE, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${access.secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString('hex');
  return { ...headers, authorization: `AWS4-HMAC-SHA256 Credential=${access.accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}` };
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
