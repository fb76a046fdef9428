// Makes programs in a sandbox trust the outbound authority: in OpenSSL's directory, in the bundles of the common
// distributions, and by the variables of the runtimes that read neither.

import type { AgentConnection, OutputSink } from '../../runtime/agent/connection.js';
import { EngineError } from '../errors.js';
import type { OutboundAuthority } from './outbound-authority.js';

const DIRECTORY = '/etc/ssl/certs';
const BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/cert.pem', '/etc/pki/tls/certs/ca-bundle.crt'];
const IGNORED: OutputSink = { write: () => undefined, end: () => undefined };

/** Variables for every process of the sandbox; the caller's own win. */
export function trustEnvironment(authority: OutboundAuthority): Record<string, string> {
  // Python's requests and pip bring a bundle of their own; Node adds to its own.
  return { NODE_EXTRA_CA_CERTS: `${DIRECTORY}/${authority.directoryName}`, REQUESTS_CA_BUNDLE: BUNDLES[0] ?? '' };
}

/** Throws FAILED_PRECONDITION for an image that does not let it. */
export async function installTrust(agent: AgentConnection, authority: OutboundAuthority): Promise<void> {
  const script = `set -e
    pem=$(cat)
    mkdir -p ${DIRECTORY}
    [ -e ${BUNDLES[0]} ] || cat ${BUNDLES.slice(1).join(' ')} > ${BUNDLES[0]} 2>/dev/null || :
    for bundle in ${BUNDLES.join(' ')}; do
      if [ -e "$bundle" ]; then printf '\\n%s\\n' "$pem" >> "$bundle"; fi
    done
    printf '%s\\n' "$pem" > ${DIRECTORY}/${authority.directoryName}`;
  let complaint = '';
  const process = await agent.start(
    { argv: ['/bin/sh', '-c', script], env: { PATH: '/usr/bin:/bin' }, cwd: '/', stdin: 'pipe', stdout: 'null', stderr: 'pipe', timeoutMs: 10_000 },
    { stdout: IGNORED, stderr: { write: (chunk) => void (complaint = `${complaint}${chunk}`.slice(0, 1000)), end: () => undefined } },
  );
  await process.writeStdin(Buffer.from(authority.certificate));
  process.closeStdin();
  const exit = await process.exited;
  if (exit.kind === 'exited' && exit.code === 0) return;
  throw new EngineError(
    'FAILED_PRECONDITION',
    `experimental_outbound_policy: the image lets no certificate be added to ${DIRECTORY}; it needs /bin/sh, cat and mkdir. ${complaint.trim()}`,
  );
}
