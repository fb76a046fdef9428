// What skopeo's complaint means.

import { ImageError, type ImageErrorCode } from '../image-error.js';

const MEANINGS: readonly [pattern: RegExp, code: ImageErrorCode, advice: (name: string) => string][] = [
  [/no space left on device|disk quota exceeded/i, 'DISK_FULL', (name) => `'${name}' could not be stored: the disk of the state directory is full. Free space on it, and try again`],
  [/manifest unknown|name unknown|not found|status ?(?:code)?\D{0,20}404\b/i, 'NOT_FOUND', (name) => `The registry has no image '${name}', or keeps it from you`],
  [/unauthorized|authentication required|denied|status ?(?:code)?\D{0,20}40[13]\b/i, 'UNAUTHORIZED', (name) => `The registry does not let you have '${name}': give \`fromRegistry\` a secret with REGISTRY_USERNAME and REGISTRY_PASSWORD`],
  [
    /no such host|connection refused|network is unreachable|no route to host|i\/o timeout|TLS handshake timeout|context deadline|connection reset|temporary failure in name resolution|proxyconnect|server misbehaving/i,
    'UNREACHABLE',
    (name) => `The registry of '${name}' cannot be reached`,
  ],
  [/no image found in (?:manifest list|image index) for/i, 'UNSUPPORTED', (name) => `'${name}' has no variant for this machine's architecture`],
  [/server gave HTTP response to HTTPS client|x509|certificate/i, 'BAD_CONFIGURATION', (name) => `The registry of '${name}' has no certificate that this machine trusts; name it in MODAL_LOCAL_INSECURE_REGISTRIES if it may go without`],
];

export function skopeoFailure(name: string, stderr: string): ImageError {
  const detail = lastMessage(stderr);
  // Mirrors are a convenience: what the registry itself said counts. Names and digests may hold any word or number.
  const own = detail
    .replace(/\(Mirrors also failed: .*?\]\):/, '')
    .replaceAll(name.replace(/[:@][^/]*$/, ''), '')
    .replace(/\bsha256:[0-9a-f]+|\bhttps?:\/\/[^\s"]+/g, '');
  const meaning = MEANINGS.find(([pattern]) => pattern.test(own));
  if (meaning === undefined) return new ImageError('TRANSFER_FAILED', `'${name}' could not be transferred: ${detail}`);
  const [, code, advice] = meaning;
  return new ImageError(code, `${advice(name)} (${detail})`);
}

/** skopeo logs `time="…" level=fatal msg="…"`. */
function lastMessage(stderr: string): string {
  const line = stderr.split('\n').findLast((text) => text.includes('level=fatal')) ?? stderr.split('\n').at(-1) ?? '';
  const quoted = /msg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  return (quoted === undefined ? line : quoted.slice(1, -1).replace(/\\"/g, '"')).slice(0, 1_000) || 'it said nothing';
}
