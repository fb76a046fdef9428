// One sandbox's end of the network: its policy in the table, and the addresses that its names have opened.

import { runCommand } from '../command.js';
import type { NetworkPolicy, SandboxNetwork } from '../driver.js';
import { checkPolicy, coversName } from '../policy.js';
import type { ResolverClient } from '../resolver/answer.js';
import { namespaceName, namespacePath } from './namespaces.js';
import { applyPolicy, NAMED_ADDRESS_SECONDS, NAMED_ADDRESSES_LIMIT, openAddresses, type Engine, type Slot } from './ruleset.js';

const LONGEST_SECONDS = 24 * 3600;

interface NamedAddress {
  name: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

export class VethSandbox implements SandboxNetwork, ResolverClient {
  readonly netnsPath: string;
  readonly resolvConf: string;
  readonly #engine: Engine;
  readonly #slot: Slot;
  readonly #onRelease: () => Promise<void>;
  readonly #named = new Map<string, NamedAddress>();
  #policy: NetworkPolicy = { kind: 'open' };
  /** Changes of the table in the order in which they were asked for. */
  #change: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(engine: Engine, slot: Slot, onRelease: () => Promise<void>) {
    this.#engine = engine;
    this.#slot = slot;
    this.#onRelease = onRelease;
    this.netnsPath = namespacePath(namespaceName(engine.name, slot));
    this.resolvConf = `nameserver ${engine.subnet.gateway}\noptions timeout:3 attempts:2\n`;
  }

  get policy(): NetworkPolicy {
    return this.#policy;
  }

  setPolicy(policy: NetworkPolicy): Promise<void> {
    const checked = checkPolicy(policy);
    return this.#inOrder(async () => {
      // From here on the resolver answers by the new policy; an address that it opens waits for this change.
      this.#policy = checked;
      const now = Date.now();
      for (const [address, { name, expires }] of this.#named) {
        const keeps = checked.kind === 'allowlist' && expires > now && coversName(checked.domains, name);
        if (!keeps) this.#named.delete(address);
      }
      const kept = new Map([...this.#named].map(([address, { expires }]) => [address, Math.ceil((expires - now) / 1000)]));
      await runCommand('nft', ['-f', '-'], applyPolicy(this.#engine.name, this.#slot, checked, kept));
    });
  }

  openAddresses(name: string, addresses: ReadonlyMap<string, number>): Promise<void> {
    return this.#inOrder(async () => {
      const policy = this.#policy;
      if (policy.kind !== 'allowlist' || !coversName(policy.domains, name)) return;
      const now = Date.now();
      const opened = new Map<string, number>();
      for (const [address, ttl] of addresses) {
        const seconds = Math.min(Math.max(ttl, NAMED_ADDRESS_SECONDS), LONGEST_SECONDS);
        const known = this.#named.get(address);
        // More than half of its time left: the table need not be touched.
        if (known !== undefined && known.expires - now > seconds * 500) continue;
        if (known === undefined && this.#named.size >= NAMED_ADDRESSES_LIMIT) this.#forgetExpired(now);
        if (known === undefined && this.#named.size >= NAMED_ADDRESSES_LIMIT) {
          throw new Error(`the domains of one sandbox opened ${NAMED_ADDRESSES_LIMIT} addresses already`);
        }
        this.#named.set(address, { name, expires: now + seconds * 1000 });
        opened.set(address, seconds);
      }
      if (opened.size > 0) await runCommand('nft', ['-f', '-'], openAddresses(this.#engine.name, this.#slot, opened));
    });
  }

  release(): Promise<void> {
    this.#released ??= this.#change.then(this.#onRelease, this.#onRelease);
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  #forgetExpired(now: number): void {
    for (const [address, { expires }] of this.#named) if (expires <= now) this.#named.delete(address);
  }

  #inOrder(change: () => Promise<void>): Promise<void> {
    const done = this.#change.then(() => {
      if (this.#released !== undefined) throw new Error('the network of this sandbox is released');
      return change();
    });
    // A failed change rejects its caller and leaves the next one its turn.
    this.#change = done.catch(() => {});
    return done;
  }
}
