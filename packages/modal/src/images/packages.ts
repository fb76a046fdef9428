// Packages to install, as Dockerfile lines.

import { InvalidArgumentError } from 'computesdk';

import type { ImageSpec } from './image-input.js';

/** The Dockerfile lines of `spec`: Debian packages, Python packages, then its own lines. */
export function buildCommands({ apt = [], pip = [], dockerfileCommands = [] }: ImageSpec): string[] {
  return [...aptCommands(apt), ...pipCommands(pip), ...dockerfileCommands];
}

function aptCommands(packages: readonly string[]): string[] {
  if (packages.length === 0) return [];
  const install = `apt-get install -y --no-install-recommends ${quoted('apt', packages)}`;
  return [`RUN apt-get update && ${install} && rm -rf /var/lib/apt/lists/*`];
}

function pipCommands(requirements: readonly string[]): string[] {
  if (requirements.length === 0) return [];
  return [`RUN python3 -m pip install --no-cache-dir ${quoted('pip', requirements)}`];
}

function quoted(field: string, words: readonly string[]): string {
  const broken = words.find((word) => /[\n\r]/.test(word));
  if (broken !== undefined) {
    throw new InvalidArgumentError(`${field} takes one package per entry, got ${JSON.stringify(broken)}`, { field });
  }
  return words.map((word) => (/^[\w.+:=@~,[\]/-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
