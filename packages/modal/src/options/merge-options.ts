// The factory's defaults and one create's options, as one set.

import { InvalidArgumentError } from 'computesdk';

import type { ModalCreateOptions, SandboxDefaults } from './sandbox-options.js';

/** `options` over `defaults`; tables are merged key by key. Throws InvalidArgumentError for options that exclude each other. */
export function mergeOptions(defaults: SandboxDefaults, options: ModalCreateOptions): ModalCreateOptions {
  const { image, snapshotId, templateId } = options;
  const sources = Object.entries({ image, snapshotId, templateId }).filter(([, value]) => value !== undefined);
  const [first, second] = sources;
  if (first && second) {
    throw new InvalidArgumentError(`'${first[0]}' and '${second[0]}' exclude each other: a sandbox starts from one image`, {
      field: second[0],
    });
  }
  // What the factory builds on its own image does not belong on another one.
  const own = { image: undefined, dockerfileCommands: undefined, pip: undefined, apt: undefined };
  const merged: ModalCreateOptions = { ...defaults, ...(first && own), ...options };
  const tables = {
    env: { ...defaults.env, ...options.env },
    tags: { ...defaults.tags, ...options.tags },
    volumes: { ...defaults.volumes, ...options.volumes },
    bucketMounts: { ...defaults.bucketMounts, ...options.bucketMounts },
    experimentalOptions: { ...defaults.experimentalOptions, ...options.experimentalOptions },
  };
  checkLimits(merged);
  return { ...merged, ...tables };
}

function checkLimits({ cpu, cpuLimit, memory, memoryLimit }: SandboxDefaults): void {
  checkLimit('cpu', cpu, cpuLimit);
  checkLimit('memory', memory, memoryLimit);
}

function checkLimit(field: string, request: number | undefined, limit: number | undefined): void {
  if (limit === undefined) return;
  if (request === undefined) {
    throw new InvalidArgumentError(`${field}Limit needs ${field}: Modal limits what was reserved`, { field: `${field}Limit` });
  }
  if (limit < request) {
    throw new InvalidArgumentError(`${field}Limit (${limit}) is smaller than ${field} (${request})`, { field: `${field}Limit` });
  }
}
