// Everything that a sandbox can be given, on the factory as a default and on each create.

import type { CreateSandboxOptions } from 'computesdk';
import type { ExperimentalOutboundPolicy, SandboxRuntime } from 'modal';

import type { ImageInput } from '../images/image-input.js';
import type { NetworkPolicy } from '../network/policy.js';
import type { ReadinessProbe } from '../network/readiness.js';
import type { BucketMountInput } from '../resources/bucket-mounts.js';
import type { ProxyInput } from '../resources/proxies.js';
import type { SecretInput } from '../resources/secrets.js';
import type { VolumeInput } from '../resources/volumes.js';

/**
 * Defaults for every sandbox of a provider, each of which a `create` may override. `env`, `tags`, `volumes`, `bucketMounts` and
 * `experimentalOptions` are merged key by key; anything else is replaced.
 */
export interface SandboxDefaults {
  /** Language of `runCode` where the code does not tell, and of the default image. Default `python`. */
  runtime?: string | undefined;
  /**
   * Registry reference, image id (`im-…`), an Image of Modal's SDK, or an ImageSpec.
   * Default `python:3.13-slim`; with `runtime: 'node'`, `node:22-slim`.
   */
  image?: ImageInput | undefined;
  /** Dockerfile lines on top of the image: `RUN …`, `ENV …`, `COPY --from=…`. Built once and cached by Modal. */
  dockerfileCommands?: readonly string[] | undefined;
  /** Python packages to install into the image, as pip requirements. */
  pip?: readonly string[] | undefined;
  /** Debian packages to install into the image. */
  apt?: readonly string[] | undefined;
  /** GPU kind and count: `T4`, `A100-80GB:2`. Modal serves it from its first sandbox backend. */
  gpu?: string | undefined;
  /** Physical CPU cores to reserve, fractions allowed, cut to a thousandth. Default: Modal's (0.125). */
  cpu?: number | undefined;
  /** Hard limit of CPU cores, at least `cpu`, which it needs. */
  cpuLimit?: number | undefined;
  /** Memory to reserve in MiB, rounded up to a whole one. Default: Modal's (128). */
  memory?: number | undefined;
  /** Hard limit of memory in MiB, at least `memory`, which it needs. */
  memoryLimit?: number | undefined;
  /** Longest life in milliseconds, rounded up to a whole second. Default 300 000 (5 minutes), at most 24 hours. */
  timeout?: number | undefined;
  /** End after this many milliseconds without a running command, input or connection, rounded up to a whole second. Default: never. */
  idleTimeout?: number | undefined;
  /** Environment variables of every process in the sandbox. They win over `secrets`. */
  env?: Record<string, string> | undefined;
  /** Names of Modal secrets, objects of variables, or Secrets of Modal's SDK. A later one wins. */
  secrets?: readonly SecretInput[] | undefined;
  /** Modal volumes by absolute path. */
  volumes?: Record<string, VolumeInput> | undefined;
  /** Cloud buckets by absolute path. */
  bucketMounts?: Record<string, BucketMountInput> | undefined;
  /** Ports to reach from outside over TLS: `getUrl` gives `https` and `wss`. */
  ports?: readonly number[] | undefined;
  /** The same over TLS with HTTP/2. */
  h2Ports?: readonly number[] | undefined;
  /** Ports to reach without encryption: `getUrl` gives `http`, `ws` and `tcp` as well. */
  unencryptedPorts?: readonly number[] | undefined;
  /** Labels to find sandboxes by; names that start with `computesdk-` are taken. */
  tags?: Record<string, string> | undefined;
  /** Working directory of every process, absolute. Default: the image's. */
  workdir?: string | undefined;
  /** Main process; the sandbox ends with it. Default: none, the sandbox waits for commands. */
  command?: readonly string[] | undefined;
  /** What the sandbox may reach, and who may reach it. Default: the whole Internet, everyone. */
  network?: NetworkPolicy | undefined;
  /** Region or regions to run in. */
  region?: string | readonly string[] | undefined;
  /** Cloud to run on: `aws`, `gcp`, `oci`, `auto`. */
  cloud?: string | undefined;
  /** Modal proxy (its name, or the SDK's object) that gives the sandbox a fixed outbound address. */
  proxy?: ProxyInput | undefined;
  /** How to tell that the sandbox is ready; see `sandbox.waitUntilReady()`. */
  readinessProbe?: ReadinessProbe | undefined;
  /** Give `command` a terminal. Default `false`. */
  pty?: boolean | undefined;
  /** Log commands and file operations on Modal's side. Default `false`. */
  verbose?: boolean | undefined;
  /** Isolation of the sandbox. Default: Modal's choice. */
  isolation?: SandboxRuntime | undefined;
  /** Private IPv6 network among the sandboxes of a workspace. Default `false`. */
  i6pn?: boolean | undefined;
  /** Parent domain of the sandbox's URLs, for accounts that have one. */
  customDomain?: string | undefined;
  /** Give the sandbox a MODAL_IDENTITY_TOKEN for OIDC. Default `false`. */
  includeOidcIdentityToken?: boolean | undefined;
  /** Allow memory snapshots of the sandbox through `getInstance()`. Default `false`. */
  enableMemorySnapshot?: boolean | undefined;
  /** Header rewriting of outbound HTTPS, as Modal's SDK builds it. */
  outboundPolicy?: ExperimentalOutboundPolicy | undefined;
  /** Passed to Modal as they are; values are booleans or strings. */
  experimentalOptions?: Record<string, boolean | string> | undefined;
  /** Modal app that the sandboxes belong to, made when missing. Default `computesdk`. */
  appName?: string | undefined;
  /** Modal environment. Default: the one of the profile or of MODAL_ENVIRONMENT. */
  environment?: string | undefined;
}

/** Options of `create`. An unknown one is an UnknownOptionError. */
export interface ModalCreateOptions extends SandboxDefaults, CreateSandboxOptions {
  image?: ImageInput | undefined;
  /** Name, unique among the running sandboxes of the app. */
  name?: string | undefined;
  /** Facts to keep with the sandbox, as tags; values that are not text are kept as JSON. */
  metadata?: Record<string, unknown> | undefined;
  /** Start from the files of this snapshot (`snapshot.create()`). Not together with `image` or `templateId`. */
  snapshotId?: string | undefined;
  /** Start from this template: its id or its name. Not together with `image` or `snapshotId`. */
  templateId?: string | undefined;
  /** Aborts the creation; a sandbox that arrives late is destroyed. */
  signal?: AbortSignal | undefined;
}
