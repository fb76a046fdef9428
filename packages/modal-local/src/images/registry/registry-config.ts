// Where images are really fetched from: mirrors, and registries without TLS. A file in the state directory, or the
// environment:
//
//   registries.json                          MODAL_LOCAL_REGISTRY_MIRRORS="docker.io=127.0.0.1:5000"
//   { "mirrors": { "docker.io": ["…"] },     MODAL_LOCAL_INSECURE_REGISTRIES="registry.lan:5000"
//     "insecure": ["registry.lan:5000"] }

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isGone } from '../../runtime/host/process-identity.js';
import { ImageError } from '../image-error.js';

const fileSchema = z.strictObject({
  mirrors: z.record(z.string(), z.array(z.string())).default({}),
  insecure: z.array(z.string()).default([]),
});

export interface RegistryConfig {
  mirrors: ReadonlyMap<string, readonly string[]>;
  insecure: ReadonlySet<string>;
}

/** A place to ask for images of a registry, in the order of preference. */
export interface RegistryEndpoint {
  /** Host and port, perhaps with a path. */
  location: string;
  /** Plain HTTP and unknown certificates are accepted. */
  insecure: boolean;
}

/** Throws BAD_CONFIGURATION. */
export async function readRegistryConfig(stateDir: string, environment: NodeJS.ProcessEnv = process.env): Promise<RegistryConfig> {
  const file = await readFileConfig(join(stateDir, 'registries.json'));
  const mirrors = new Map(Object.entries(file.mirrors));
  for (const pair of words(environment['MODAL_LOCAL_REGISTRY_MIRRORS'])) {
    const [registry, mirror, ...rest] = pair.split('=');
    if (!registry || !mirror || rest.length > 0) {
      throw new ImageError('BAD_CONFIGURATION', `MODAL_LOCAL_REGISTRY_MIRRORS holds '${pair}'; expected REGISTRY=MIRROR, such as docker.io=127.0.0.1:5000`);
    }
    mirrors.set(registry, [...(mirrors.get(registry) ?? []), mirror]);
  }
  return { mirrors, insecure: new Set([...file.insecure, ...words(environment['MODAL_LOCAL_INSECURE_REGISTRIES'])]) };
}

export function endpointsOf(config: RegistryConfig, registry: string): RegistryEndpoint[] {
  const locations = [...(config.mirrors.get(registry) ?? []), registry];
  return locations.map((location) => ({ location, insecure: config.insecure.has(hostOf(location)) || isLoopback(hostOf(location)) }));
}

/** In the format of containers-registries.conf(5). */
export function registriesConf(registry: string, endpoints: readonly RegistryEndpoint[]): string {
  const mirrors = endpoints.slice(0, -1);
  const own = endpoints.at(-1);
  const lines = ['unqualified-search-registries = []', '[[registry]]', `prefix = ${JSON.stringify(registry)}`, `location = ${JSON.stringify(registry)}`, `insecure = ${own?.insecure === true}`];
  for (const { location, insecure } of mirrors) lines.push('[[registry.mirror]]', `location = ${JSON.stringify(location)}`, `insecure = ${insecure}`);
  return `${lines.join('\n')}\n`;
}

export function hostOf(location: string): string {
  return location.split('/', 1)[0] ?? location;
}

/** As Docker does, a registry on this machine may speak plain HTTP. */
function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?$/.test(host);
}

async function readFileConfig(path: string): Promise<z.infer<typeof fileSchema>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return { mirrors: {}, insecure: [] };
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new ImageError('BAD_CONFIGURATION', `${path} cannot be used: ${why}`, { cause: error });
  }
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
}
