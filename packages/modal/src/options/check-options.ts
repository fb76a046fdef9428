// One table of what each option may be: the factory's, and those of each create.

import { checkMaxOutput, checkSignal, InvalidArgumentError, readRuntime, rejectUnknownOptions } from 'computesdk';

import type { ModalConfig } from '../config/modal-config.js';
import * as is from './kinds.js';
import { aliasesOf, canonicalNames } from './aliases.js';
import type { ModalCreateOptions, SandboxDefaults } from './sandbox-options.js';

const defaults: Record<keyof SandboxDefaults, is.Check> = {
  runtime: (field, value) => {
    is.text(field, value);
    readRuntime(String(value));
  },
  image: is.either((value) => typeof value === 'string', is.text, is.object('a registry reference, an image id, an ImageSpec or an Image')),
  dockerfileCommands: is.listOf(is.text),
  pip: is.listOf(is.text),
  apt: is.listOf(is.text),
  gpu: is.text,
  cpu: is.positive,
  cpuLimit: is.positive,
  memory: is.positive,
  memoryLimit: is.positive,
  timeout: is.milliseconds,
  idleTimeout: is.milliseconds,
  env: is.environment,
  secrets: is.listOf(is.either((value) => typeof value === 'string', is.text, is.record)),
  volumes: is.byPath,
  bucketMounts: is.byPath,
  ports: is.listOf(is.port),
  h2Ports: is.listOf(is.port),
  unencryptedPorts: is.listOf(is.port),
  tags: is.textRecord,
  workdir: is.absolutePath,
  command: is.listOf(is.argument),
  network: is.record,
  region: is.either(Array.isArray, is.listOf(is.text), is.text),
  cloud: is.text,
  proxy: is.either((value) => typeof value === 'string', is.text, is.record),
  readinessProbe: is.record,
  pty: is.flag,
  verbose: is.flag,
  isolation: is.oneOf('gvisor', 'vm'),
  i6pn: is.flag,
  customDomain: is.text,
  includeOidcIdentityToken: is.flag,
  enableMemorySnapshot: is.flag,
  outboundPolicy: is.record,
  experimentalOptions: is.record,
  appName: is.text,
  environment: is.text,
};

// `keyof ModalCreateOptions` is every string, because the interface it extends allows further options.
const ofEachCreate = {
  name: is.text,
  metadata: is.record,
  snapshotId: is.text,
  templateId: is.text,
  signal: (_field, value) => checkSignal(value),
} satisfies Partial<Record<keyof ModalCreateOptions, is.Check>>;

const ofTheFactory: Record<Exclude<keyof ModalConfig, keyof SandboxDefaults>, is.Check> = {
  tokenId: is.argument,
  tokenSecret: is.argument,
  oauth: is.record,
  maxThrottleWait: is.milliseconds,
  logger: is.record,
  maxOutput: checkMaxOutput,
  logLevel: is.oneOf('debug', 'info', 'warn', 'error'),
};

/** The factory's options under their first names. Throws InvalidArgumentError, UnknownOptionError. */
export function checkConfig(config: object): ModalConfig {
  return check(config, { ...defaults, ...ofTheFactory }, 'modal()');
}

/** The options of one create under their first names. Throws InvalidArgumentError, UnknownOptionError. */
export function checkCreateOptions(options: object): ModalCreateOptions {
  return check(options, { ...defaults, ...ofEachCreate }, 'sandbox.create()');
}

function check<T extends object>(given: object, checks: Record<string, is.Check>, place: string): Partial<T> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidArgumentError(`The argument of ${place} must be an object of options`);
  }
  const options = canonicalNames(given);
  // Aliases are named, too: the nearest to `encryptedPort` must not be `unencryptedPorts`.
  const names = Object.keys(checks);
  rejectUnknownOptions(options, [...names, ...aliasesOf(names)], place);
  for (const [field, value] of Object.entries(options)) checks[field]?.(field, value);
  // Every key was found in the table, whose keys are those of T, and its value was checked.
  return options as Partial<T>;
}
