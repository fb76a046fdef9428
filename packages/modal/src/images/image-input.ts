// What a sandbox can start from.

import { InvalidArgumentError, rejectUnknownOptions } from 'computesdk';
import { Image } from 'modal';

import * as is from '../options/kinds.js';
import type { SecretInput } from '../resources/secrets.js';

/** An image and what to build on it. One of `registry`, `id` and `name` says where it starts. */
export interface ImageSpec {
  /** Reference in a registry: `python:3.13-slim`, `ghcr.io/acme/tool@sha256:…`. */
  registry?: string | undefined;
  /** Id of a Modal image, `im-…`. */
  id?: string | undefined;
  /** Name of a published Modal image, `name` or `name:tag`. */
  name?: string | undefined;
  /** Credentials of a private registry. */
  secret?: SecretInput | undefined;
  /** Kind of registry that `secret` is for. Default `static` (user name and password). */
  auth?: 'static' | 'aws' | 'gcp' | undefined;
  /** Debian packages to install first. */
  apt?: readonly string[] | undefined;
  /** Python packages to install next, as pip requirements. */
  pip?: readonly string[] | undefined;
  /** Dockerfile lines to run last. */
  dockerfileCommands?: readonly string[] | undefined;
  /** Environment variables of the build alone. */
  buildEnv?: Record<string, string> | undefined;
  /** Secrets of the build alone. */
  buildSecrets?: readonly SecretInput[] | undefined;
  /** GPU of the build. */
  buildGpu?: string | undefined;
  /** Build again although Modal has the result. Default `false`. */
  force?: boolean | undefined;
}

/** Registry reference, image id (`im-…`), ImageSpec, or an Image of the SDK. */
export type ImageInput = string | ImageSpec | Image;

const checks: Record<keyof ImageSpec, is.Check> = {
  registry: is.text,
  id: is.text,
  name: is.text,
  secret: is.present,
  auth: is.oneOf('static', 'aws', 'gcp'),
  apt: is.listOf(is.text),
  pip: is.listOf(is.text),
  dockerfileCommands: is.listOf(is.text),
  buildEnv: is.environment,
  buildSecrets: is.listOf(is.present),
  buildGpu: is.text,
  force: is.flag,
};

/** Reads the short forms into an ImageSpec; an Image of the SDK stays one. Throws InvalidArgumentError, UnknownOptionError. */
export function readImage(input: Exclude<ImageInput, Image>): ImageSpec;
export function readImage(input: ImageInput): ImageSpec | Image;
export function readImage(input: ImageInput): ImageSpec | Image {
  if (input instanceof Image) return input;
  if (typeof input === 'string') return isImageId(input) ? { id: input } : { registry: input };
  rejectUnknownOptions(input, Object.keys(checks), 'image');
  for (const [field, value] of Object.entries(input)) {
    if (value !== undefined && isField(field)) checks[field](`image.${field}`, value);
  }
  const starts = [input.registry, input.id, input.name].filter((start) => start !== undefined);
  if (starts.length !== 1) {
    throw new InvalidArgumentError('image needs exactly one of registry, id and name', { field: 'image' });
  }
  return input;
}

function isField(name: string): name is keyof ImageSpec {
  return name in checks;
}

/** Whether `text` is the id of a Modal image, not a registry reference. */
export function isImageId(text: string): boolean {
  return /^im-[A-Za-z0-9]+$/.test(text);
}
