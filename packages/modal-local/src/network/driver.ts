// What the engine asks of sandbox networking. One folder an implementation: none, veth.

import type { Socket } from 'node:net';

export type NetworkPolicy =
  /** The public internet; never the host, another sandbox, link-local or private ranges. */
  | { kind: 'open' }
  /** Loopback only. */
  | { kind: 'blocked' }
  /** Only what the lists name, both together; empty lists allow nothing. A domain covers its subdomains. */
  | { kind: 'allowlist'; cidrs: readonly string[]; domains: readonly string[] };

export interface SandboxNetwork extends AsyncDisposable {
  /** The namespace to run the container in; absent means that the runtime makes one with loopback only. */
  readonly netnsPath: string | undefined;
  /** Content of the sandbox's /etc/resolv.conf. */
  readonly resolvConf: string;
  /** Replaces the policy; connections that it no longer permits are dropped. */
  setPolicy(policy: NetworkPolicy): Promise<void>;
  release(): Promise<void>;
}

/** Gets a sandbox's HTTPS connections to the names that it covers, in place of the internet. */
export interface Interceptor {
  /** `host` is lower case, without a trailing dot. */
  covers(host: string): boolean;
  /** Takes a connection over, from its first byte. `connect` leads to the host's port 443 if the policy permits, else rejects. */
  serve(connection: Socket, host: string, connect: () => Promise<Socket>): void;
}

export interface AttachOptions {
  interceptor?: Interceptor;
}

export interface NetworkDriver extends AsyncDisposable {
  /** `none` or `veth`. */
  readonly name: string;
  /** Why sandboxes have no way out, or may have none, for a warning; undefined when they have one. */
  readonly limitation: string | undefined;
  /** Throws INVALID_ARGUMENT for a policy that cannot be held, FAILED_PRECONDITION for an interceptor without a network. */
  attach(sandboxId: string, policy: NetworkPolicy, options?: AttachOptions): Promise<SandboxNetwork>;
}
