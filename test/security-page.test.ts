import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

const page = path.resolve(import.meta.dirname, '../docs/security.md');

describe('docs/security.md', async () => {
  const text = await readFile(page, 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \|.*\| ([^|]*) \|$/gm)].map(([, number = '', proofs = '']) => ({ number, proofs }));
  const files = new Map([...text.matchAll(/^\[([\w-]+)\]: (\S+)$/gm)].map(([, name = '', file = '']) => [name, path.resolve(page, '..', file)]));

  it('counts its rows, and proves each', () => {
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => String(index + 1)));
    expect(rows.filter(({ proofs }) => !proofs.startsWith('['))).toEqual([]);
  });

  it.each(rows)('names tests of row $number that exist', async ({ proofs }) => {
    for (const [, name = '', titles = ''] of proofs.matchAll(/\[([\w-]+)\](?:: ([^[]*))?/g)) {
      const source = await readFile(files.get(name) ?? name, 'utf8');
      for (const title of titlesOf(titles)) expect(source).toMatch(asWritten(title));
    }
  });
});

function titlesOf(list: string): string[] {
  const titles = list.split(';').map((title) => title.trim().replace(/[.,]$/, ''));
  return titles.filter((title) => title !== '' && title !== 'the same' && !title.startsWith('every test'));
}

/** The page may leave out the end of a title, and writes `…` for what differs. */
function asWritten(title: string): RegExp {
  const pattern = title.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+');
  return new RegExp(`\\(['"]${pattern}`);
}
