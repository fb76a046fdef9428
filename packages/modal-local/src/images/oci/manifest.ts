// The documents of an OCI or Docker image, as far as they are read here.

import { z } from 'zod';
import type { ImageConfig } from '../driver.js';
import { EMPTY_IMAGE_CONFIG } from '../driver.js';
import { ImageError } from '../image-error.js';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.object({ mediaType: z.string().default(''), digest, size: z.number().default(0) });

export const indexSchema = z.object({
  manifests: z.array(descriptor.extend({ platform: z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() }).partial().optional() })),
});
export const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });

const nullable = <T extends z.ZodType>(type: T) => type.nullish();
export const configSchema = z.object({
  rootfs: z.object({ diff_ids: z.array(digest) }),
  config: nullable(
    z.object({
      Env: nullable(z.array(z.string())),
      WorkingDir: nullable(z.string()),
      User: nullable(z.string()),
      Entrypoint: nullable(z.array(z.string())),
      Cmd: nullable(z.array(z.string())),
      Labels: nullable(z.record(z.string(), z.string())),
      ExposedPorts: nullable(z.record(z.string(), z.unknown())),
      Shell: nullable(z.array(z.string())),
    }),
  ),
});

export type Descriptor = z.infer<typeof descriptor>;
export type OciConfig = z.infer<typeof configSchema>;

/** Throws BAD_IMAGE. */
export function parseDocument<T extends z.ZodType>(schema: T, text: string, what: string): z.infer<T> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new ImageError('BAD_IMAGE', `The image's ${what} cannot be read: ${why.slice(0, 500)}`, { cause: error });
  }
}

export function toImageConfig({ config }: OciConfig): ImageConfig {
  const env = (config?.Env ?? []).map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)] as const);
  return {
    env: { ...EMPTY_IMAGE_CONFIG.env, ...Object.fromEntries(env.filter(([key]) => key !== '')) },
    workdir: absolute(config?.WorkingDir ?? ''),
    user: config?.User ?? '',
    entrypoint: config?.Entrypoint ?? [],
    cmd: config?.Cmd ?? [],
    labels: config?.Labels ?? {},
    exposedPorts: Object.keys(config?.ExposedPorts ?? {}),
    ...(config?.Shell ? { shell: config.Shell } : {}),
  };
}

export function toOciConfig(config: ImageConfig): NonNullable<OciConfig['config']> {
  return {
    Env: Object.entries(config.env).map(([key, value]) => `${key}=${value}`),
    WorkingDir: config.workdir,
    ...(config.user === '' ? {} : { User: config.user }),
    ...(config.entrypoint.length === 0 ? {} : { Entrypoint: [...config.entrypoint] }),
    ...(config.cmd.length === 0 ? {} : { Cmd: [...config.cmd] }),
    ...(Object.keys(config.labels).length === 0 ? {} : { Labels: { ...config.labels } }),
    ...(config.exposedPorts?.length ? { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])) } : {}),
    ...(config.shell === undefined ? {} : { Shell: [...config.shell] }),
  };
}

/** This machine's, in OCI's words. */
export function ownArchitecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

function absolute(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
