// One sandbox's end of the network: its policy in the table, and the addresses that its names have opened.

import { runChecked } from '../../runtime/host/command.js';
import type { Interceptor, NetworkPolicy, SandboxNetwork } from '../driver.js';
import type { GatewayClient } from '../egress/gateway.js';
import { checkPolicy, coversName, permittedAmong } from '../policy.js';
import type { ResolverClient } from '../resolver/answer.js';
import { namespaceName, namespacePath } from './namespaces.js';
import { applyPolicy, NAMED_ADDRESS_SECONDS, NAMED_ADDRESSES_LIMIT, interceptAddresses, openAddresses, type Engine, type Slot } from './ruleset.js';

const LONGEST_SECONDS = 24 * 3600;

interface NamedAddress {
  name: string;
  /** By `performance.now`: the kernel's own time does not jump either. */
  expires: number;
}

export interface VethSandboxOptions {
  engine: Engine;
  slot: Slot;
  interceptor: Interceptor | undefined;
  /** Public addresses of a name. */
  lookUp(name: string): Promise<string[]>;
  /** A new policy holds: what goes through the engine itself has to follow it. */
  onPolicy(): Promise<void>;
  onRelease(): Promise<void>;
}

export class VethSandbox implements SandboxNetwork, ResolverClient, GatewayClient {
  readonly netnsPath: string;
  readonly resolvConf: string;
  readonly interceptor: Interceptor | undefined;
  readonly #engine: Engine;
  readonly #slot: Slot;
  readonly #options: VethSandboxOptions;
  readonly #named = new Map<string, NamedAddress>();
  #policy: NetworkPolicy = { kind: 'open' };
  /** Changes of the table in the order in which they were asked for. */
  #change: Promise<void> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(options: VethSandboxOptions) {
    const { engine, slot } = options;
    this.interceptor = options.interceptor;
    this.#engine = engine;
    this.#slot = slot;
    this.#options = options;
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
      const now = performance.now();
      for (const [address, { name, expires }] of this.#named) {
        const keeps = checked.kind === 'allowlist' && expires > now && coversName(checked.domains, name);
        if (!keeps) this.#named.delete(address);
      }
      const kept = new Map([...this.#named].map(([address, { expires }]) => [address, Math.ceil((expires - now) / 1000)]));
      await runChecked(['nft', '-f', '-'], { input: applyPolicy(this.#engine.name, this.#slot, checked, kept) });
      await this.#options.onPolicy();
    });
  }

  resolved(name: string, addresses: ReadonlyMap<string, number>): Promise<void> {
    const policy = this.#policy;
    const opens = policy.kind === 'allowlist' && coversName(policy.domains, name);
    if (addresses.size === 0 || !(opens || this.interceptor?.covers(name))) return Promise.resolve();
    return this.#inOrder(async () => {
      const { name: engine } = this.#engine;
      const lasting = new Map([...addresses].map(([address, ttl]) => [address, Math.min(Math.max(ttl, NAMED_ADDRESS_SECONDS), LONGEST_SECONDS)]));
      const changes = [openAddresses(engine, this.#slot, this.#opened(name, lasting))];
      // The engine's own connections follow the policy by name: the ruleset only has to bring the sandbox's here.
      if (this.interceptor?.covers(name)) changes.push(interceptAddresses(engine, this.#slot, lasting));
      const text = changes.join('');
      if (text !== '') await runChecked(['nft', '-f', '-'], { input: text });
    });
  }

  async permittedAddress(host: string): Promise<string | undefined> {
    const policy = this.#policy;
    return policy.kind === 'blocked' ? undefined : permittedAmong(policy, host, await this.#options.lookUp(host));
  }

  release(): Promise<void> {
    this.#released ??= this.#change.then(() => this.#options.onRelease());
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** Which of them the table has yet to open, or to keep open for longer. */
  #opened(name: string, addresses: ReadonlyMap<string, number>): Map<string, number> {
    const policy = this.#policy;
    const opened = new Map<string, number>();
    if (policy.kind !== 'allowlist' || !coversName(policy.domains, name)) return opened;
    const now = performance.now();
    for (const [address, seconds] of addresses) {
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
    return opened;
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
