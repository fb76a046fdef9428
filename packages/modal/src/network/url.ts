// URLs of servers in the sandbox, through Modal's tunnels.

import { FailedPreconditionError, InvalidArgumentError } from 'computesdk';
import type { Tunnel } from 'modal';

type Way = Pick<Tunnel, 'url' | 'unencryptedHost' | 'unencryptedPort'>;

const schemes = ['https', 'http', 'wss', 'ws', 'tcp'] as const;
type Scheme = (typeof schemes)[number];

/** The URL of `port`. Throws InvalidArgumentError for an unknown scheme, FailedPreconditionError for a port that is not open for it. */
export function tunnelUrl(tunnels: Record<number, Way>, port: number, protocol = 'https'): string {
  const scheme = readScheme(protocol);
  const tunnel = tunnels[port];
  if (!tunnel) throw notOpen(tunnels, port);
  if (scheme === 'https' || scheme === 'wss') return tunnel.url.replace(/^https/, scheme);
  const { unencryptedHost, unencryptedPort } = tunnel;
  if (unencryptedHost === undefined || unencryptedPort === undefined) {
    throw new FailedPreconditionError(`Port ${port} is open over TLS only, not for ${scheme}`, {
      suggestion: `Use ${scheme === 'ws' ? 'wss' : 'https'}, or create the sandbox with unencryptedPorts: [${port}].`,
    });
  }
  return `${scheme}://${unencryptedHost}:${unencryptedPort}`;
}

function readScheme(protocol: string): Scheme {
  const scheme = schemes.find((known) => known === protocol.replace(/:(\/\/)?$/, ''));
  if (scheme) return scheme;
  throw new InvalidArgumentError(`protocol must be one of ${schemes.join(', ')}, got '${protocol}'`, { field: 'protocol' });
}

function notOpen(tunnels: Record<number, Way>, port: number): FailedPreconditionError {
  const open = Object.keys(tunnels);
  return new FailedPreconditionError(`Port ${port} is not open; open are ${open.length === 0 ? 'none' : open.join(', ')}`, {
    suggestion: `Create the sandbox with ports: [${port}].`,
  });
}
