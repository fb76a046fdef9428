// Which layer directory holds which content. Directory names are short and random: a name cut from the content's
// digest could be forged.

import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { hasCode } from '../../error-code.js';
import { isGone } from '../../runtime/host/process-identity.js';

const recordSchema = z.object({
  layerId: z.string().regex(/^[a-z2-7]{8}$/),
  diffId: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** On disk. */
  bytes: z.number(),
  entries: z.number(),
  /** The layer's root is opaque: nothing of the layers below it shows. */
  hidesLower: z.boolean(),
  createdAt: z.number(),
});

export type LayerRecord = z.infer<typeof recordSchema>;

export class LayerIndex {
  constructor(private readonly directory: string) {}

  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  async find(diffId: string): Promise<LayerRecord | undefined> {
    return await readRecord(this.#path(diffId));
  }

  /** The record that stands in the end: of two writers, the first wins. */
  async add(record: LayerRecord): Promise<LayerRecord> {
    const draft = join(this.directory, `.${randomBytes(8).toString('hex')}`);
    await writeFile(draft, JSON.stringify(record), { flush: true });
    try {
      await link(draft, this.#path(record.diffId));
      return record;
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      return (await this.find(record.diffId)) ?? record;
    } finally {
      await rm(draft, { force: true });
    }
  }

  async all(): Promise<LayerRecord[]> {
    const names = (await readdir(this.directory)).filter((name) => !name.startsWith('.'));
    const records = await Promise.all(names.map((name) => readRecord(join(this.directory, name))));
    return records.filter((record) => record !== undefined);
  }

  async remove(diffId: string): Promise<void> {
    await rm(this.#path(diffId), { force: true });
  }

  #path(diffId: string): string {
    return join(this.directory, `${diffId.replace(':', '-')}.json`);
  }
}

async function readRecord(path: string): Promise<LayerRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw new Error(`${path} is damaged; delete it, and the layer is unpacked again`, { cause: error });
  }
}
