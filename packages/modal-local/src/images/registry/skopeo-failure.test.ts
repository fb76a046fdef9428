import { describe, expect, it } from 'vitest';

import { skopeoFailure } from './skopeo-failure.js';

const NAME = '127.0.0.1:40404/team/denied:1';
const fatal = (message: string) => `time="2026-11-27T03:00:00Z" level=fatal msg=${JSON.stringify(message)}\n`;

describe('what skopeo complains of is', () => {
  it.each([
    ['a refusal', 'Requesting bearer token: invalid status code from registry 401 (Unauthorized)', 'UNAUTHORIZED'],
    ['a refusal without a word', 'reading manifest 1: StatusCode: 403, ', 'UNAUTHORIZED'],
    ['a missing image', 'reading manifest 1 in 127.0.0.1:40404/team/denied: manifest unknown', 'NOT_FOUND'],
    ['a missing image without a word', 'reading manifest 1: received unexpected HTTP status: 404', 'NOT_FOUND'],
    ['a registry that is away', 'pinging container registry 127.0.0.1:40404: Get "http://127.0.0.1:40404/v2/": dial tcp 127.0.0.1:40404: connect: connection refused', 'UNREACHABLE'],
  ])('%s', (_what, message, code) => {
    expect(skopeoFailure(NAME, fatal(message)).code).toBe(code);
  });

  it.each([
    'reading blob sha256:c26ec4feaf8a41aa764b8a41a4479219cfe105ea11055562f25cb401462ba642: Error fetching blob: invalid status code from registry 503 (Service Unavailable)',
    'reading blob sha256:404403c6: Get "http://127.0.0.1:40404/v2/team/denied/blobs/sha256:404403c6": unexpected EOF',
    'Error reading 127.0.0.1:40404/team/denied: received unexpected HTTP status: 500 Internal Server Error',
  ])('nothing of that when only a name or a digest looks like it: %s', (message) => {
    expect(skopeoFailure(NAME, fatal(message)).code).toBe('TRANSFER_FAILED');
  });
});
