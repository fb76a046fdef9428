import { describe, expect, it } from 'vitest';
import { canonicalName, parseReference, transferName } from './reference.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('an image name', () => {
  it.each([
    ['python', 'docker.io/library/python:latest'],
    ['python:3.13-slim', 'docker.io/library/python:3.13-slim'],
    ['team/app:1', 'docker.io/team/app:1'],
    ['docker.io/python', 'docker.io/library/python:latest'],
    ['index.docker.io/library/python:3', 'docker.io/library/python:3'],
    ['localhost/app', 'localhost/app:latest'],
    ['127.0.0.1:5000/a/b/c:x', '127.0.0.1:5000/a/b/c:x'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['ghcr.io/owner/name', 'ghcr.io/owner/name:latest'],
    [`python@${DIGEST}`, `docker.io/library/python@${DIGEST}`],
    [`python:3@${DIGEST}`, `docker.io/library/python:3@${DIGEST}`],
  ])('%s means %s', (text, canonical) => {
    expect(canonicalName(parseReference(text))).toBe(canonical);
  });

  it('is fetched by its digest when it has one', () => {
    expect(transferName(parseReference(`python:3@${DIGEST}`))).toBe(`docker.io/library/python@${DIGEST}`);
  });

  it.each(['', ':tag', 'UPPER', 'a//b', 'a b', '../x', 'a/../b', '-a', 'a:', 'a@sha256:short', 'a@md5:x', 'http://x/y', 'a;b', 'a\nb', `a@${DIGEST}@${DIGEST}`])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'BAD_REFERENCE' }));
  });
});
