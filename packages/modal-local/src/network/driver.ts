// What the engine asks of sandbox networking. One folder an implementation: none, veth, pasta.

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

export interface NetworkDriver extends AsyncDisposable {
  /** `none`, `veth` or `pasta`. */
  readonly name: string;
  /** Why sandboxes have no way out, or may have none, for a warning; undefined when they have one. */
  readonly limitation: string | undefined;
  attach(sandboxId: string, policy: NetworkPolicy): Promise<SandboxNetwork>;
}
