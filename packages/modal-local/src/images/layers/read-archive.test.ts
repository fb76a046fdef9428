import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchive } from './read-archive.js';
import { tarEntries } from './tar-entries.js';

describe.runIf(process.getuid?.() === 0)('the archive that a program writes', () => {
  let scratch: string;

  beforeEach(() => {
    scratch = mkdtempSync(join(tmpdir(), 'modal-local-archive-'));
  });

  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  it('is read past its last entry, however late its padding comes', async () => {
    const names: string[] = [];
    const script = 'tar --create --blocking-factor=1 --file=- --no-recursion usr; sleep 0.2; printf %10240s';
    const { code } = await readArchive(['sh', '-c', script], { scratch }, async (reader) => {
      for await (const entry of tarEntries(reader)) names.push(entry.name);
    });
    expect({ names, code }).toEqual({ names: ['usr/'], code: 0 });
  });

  it('is read no further when its reader fails, and the program ends', async () => {
    await expect(readArchive(['yes'], { scratch }, async () => {
      throw new Error('enough');
    })).rejects.toThrow('enough');
  });
});
