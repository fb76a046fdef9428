// Names of images as Docker spells them: `python` is `docker.io/library/python:latest`.

import { ImageError } from '../image-error.js';

export interface ImageReference {
  /** Host and port, such as `docker.io` or `127.0.0.1:5000`. */
  registry: string;
  /** Such as `library/python`. */
  repository: string;
  /** Undefined only when there is a digest. */
  tag: string | undefined;
  digest: string | undefined;
}

const DOCKER_HUB = 'docker.io';
const HUB_ALIASES = new Set(['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Throws BAD_REFERENCE. */
export function parseReference(text: string): ImageReference {
  const bad = (why: string): ImageError => new ImageError('BAD_REFERENCE', `'${text}' is not an image name: ${why}. Expected [REGISTRY/]NAME[:TAG][@sha256:…]`);
  const [named = '', digest, ...rest] = text.split('@');
  if (rest.length > 0 || (digest !== undefined && !DIGEST.test(digest))) throw bad('its digest has to be sha256: and 64 hexadecimal digits');
  const slash = named.indexOf('/');
  const first = slash === -1 ? '' : named.slice(0, slash);
  const hasRegistry = first === 'localhost' || /[.:]/.test(first) || /[A-Z]/.test(first);
  const registry = hasRegistry ? first : DOCKER_HUB;
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(':');
  const name = colon === -1 ? path : path.slice(0, colon);
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  if (!REGISTRY.test(registry)) throw bad(`'${registry}' is no registry's host`);
  if (tag !== undefined && !TAG.test(tag)) throw bad(`'${tag}' is no tag`);
  if (!REPOSITORY.test(name)) throw bad(/[A-Z]/.test(name) ? 'repositories are lower case' : `'${name}' is no repository`);
  const hub = registry === DOCKER_HUB || HUB_ALIASES.has(registry);
  return {
    registry: hub ? DOCKER_HUB : registry,
    repository: hub && !name.includes('/') ? `library/${name}` : name,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
}

/** The whole name: equal images of one spelling or another have the same. */
export function canonicalName({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** As for a transfer: a digest says all that a tag could. */
export function transferName({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}
