// Answers one question of one sandbox. With an allowlist, a name is looked up only when the list covers it, and its
// public addresses are open before the sandbox learns them. A private address in an answer never opens a path.

import { decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED, type Packet, type Question } from 'dns-packet';
import type { NetworkPolicy } from '../driver.js';
import { coversName, isPublicAddress } from '../policy.js';
import { ask, type NameServer, type Transport } from './upstream.js';

/** A sandbox as the resolver sees it. */
export interface ResolverClient {
  readonly policy: NetworkPolicy;
  /** Told before the sandbox is; resolves when traffic to the addresses, each for its number of seconds, goes as the policy wants. */
  resolved(name: string, addresses: ReadonlyMap<string, number>): Promise<void>;
}

type Rcode = 'FORMERR' | 'SERVFAIL' | 'REFUSED' | 'NOERROR';
const RCODES: Record<Rcode, number> = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, REFUSED: 5 };

/** Undefined when the message is not even a query with an id. */
export async function answer(
  message: Buffer,
  transport: Transport,
  client: ResolverClient,
  servers: () => Promise<readonly NameServer[]>,
): Promise<Buffer | undefined> {
  const query = decodeQuery(message);
  if (query === undefined) return undefined;
  const [question, ...more] = query.questions ?? [];
  if (question === undefined || more.length > 0) return reply(query, 'FORMERR');
  if (!permitsName(client.policy, question.name)) return reply(query, 'REFUSED');
  // Sandboxes have no IPv6: an empty answer spares programs a useless attempt.
  if (question.type === 'AAAA') return reply(query, 'NOERROR');
  try {
    const { packet, bytes } = await ask(await servers(), question, transport);
    await client.resolved(normalName(question), publicAddresses(packet));
    bytes.writeUInt16BE(query.id ?? 0, 0);
    return bytes;
  } catch {
    // Every failure upstream is the same to the sandbox, which may try again.
    return reply(query, 'SERVFAIL');
  }
}

/** CIDRs alone leave names resolvable (they are looked up, no path opens by it); listed domains narrow it to them. */
export function permitsName(policy: NetworkPolicy, name: string): boolean {
  if (policy.kind === 'open') return true;
  if (policy.kind === 'blocked') return false;
  if (policy.domains.length === 0) return policy.cidrs.length > 0;
  return coversName(policy.domains, name.toLowerCase());
}

function normalName(question: Question): string {
  return question.name.toLowerCase();
}

/** With the seconds that each is good for. */
export function publicAddresses(packet: Packet): Map<string, number> {
  const found = new Map<string, number>();
  for (const record of packet.answers ?? []) {
    if (record.type === 'A' && isPublicAddress(record.data)) found.set(record.data, record.ttl ?? 0);
  }
  return found;
}

function decodeQuery(message: Buffer): Packet | undefined {
  try {
    const packet = decode(message);
    return packet.type === 'query' ? packet : undefined;
  } catch {
    // Anything may arrive from a sandbox; what is no DNS message gets no answer.
    return undefined;
  }
}

function reply(query: Packet, rcode: Rcode): Buffer {
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: RECURSION_DESIRED | RECURSION_AVAILABLE | RCODES[rcode],
    questions: query.questions ?? [],
  });
}
