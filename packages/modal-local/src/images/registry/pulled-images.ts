// What manifests turned out to mean, so that an image need not be fetched again.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isGone } from '../../runtime/host/process-identity.js';
import type { RootImage } from '../driver.js';
import type { LayerStore } from '../layers/layer-store.js';

const strings = z.array(z.string());
const variables = z.record(z.string(), z.string());
const recordSchema = z.object({
  layers: strings,
  config: z.object({ env: variables, workdir: z.string(), user: z.string(), entrypoint: strings, cmd: strings, labels: variables, exposedPorts: strings.default([]), shell: strings.default(['/bin/sh', '-c']) }),
});

export class PulledImages {
  readonly #directory: string;

  constructor(
    stateDir: string,
    private readonly layers: Pick<LayerStore, 'has'>,
  ) {
    this.#directory = join(stateDir, 'pulled');
  }

  /** The image of a manifest, by the manifest's SHA-256; undefined when it has to be fetched, be it because the record is damaged. */
  async find(digest: string): Promise<RootImage | undefined> {
    const record = await readRecord(this.#path(digest));
    if (record === undefined) return undefined;
    const { layers, config } = record;
    const present = await Promise.all(layers.map((layer) => this.layers.has(layer)));
    return present.every(Boolean) ? { layers, config, host: false } : undefined;
  }

  async add(digest: string, { layers, config }: RootImage): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const draft = join(this.#directory, `.${randomBytes(8).toString('hex')}`);
    try {
      // On the disk before it has its name: a record is there whole, also after a power cut, or not at all.
      await writeFile(draft, JSON.stringify({ layers, config }), { flush: true });
      await rename(draft, this.#path(digest));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  #path(digest: string): string {
    return join(this.#directory, `${digest}.json`);
  }
}

async function readRecord(path: string): Promise<z.infer<typeof recordSchema> | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch (error) {
    if (isGone(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
