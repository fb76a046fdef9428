// A snapshot of a running sandbox that has written 10 MB in 500 files, or 1 GB, through the SDK; against `cp -a` of the same files.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

import { withEngine } from './engine.mjs';
import { compare } from './measure.mjs';

const run = promisify(execFile);
const MB = 1_000_000;

const CHANGES = [
  { name: 'snapshot/10MB', files: 500, bytes: 10 * MB, runs: 10 },
  { name: 'snapshot/1GB', files: 10, bytes: 1_000 * MB, runs: 3 },
];

export default async function* snapshot() {
  const folder = mkdtempSync(join(tmpdir(), 'modal-local-benchmark-'));
  try {
    for (const { name, files, bytes, runs } of CHANGES) {
      const size = Math.floor(bytes / files);
      const source = join(folder, 'source');
      mkdirSync(source);
      for (let file = 0; file < files; file++) writeFileSync(join(source, String(file)), Buffer.alloc(size, `${file} is some content. `));
      let count = 0;
      const peer = async () => {
        const target = join(folder, `copy-${(count += 1)}`);
        const start = performance.now();
        await run('cp', ['-a', source, target]);
        const milliseconds = performance.now() - start;
        rmSync(target, { recursive: true });
        return { milliseconds };
      };
      yield await withEngine(async ({ client, app, image }) => {
        const sandbox = await client.sandboxes.create(app, image);
        const script = `import os; os.mkdir('/data')\nfor n in range(${files}): open(f'/data/{n}', 'wb').write((f'{n} is some content. '.encode() * ${Math.ceil(size / 15)})[:${size}])`;
        await (await sandbox.exec(['python3', '-c', script])).wait();
        const ours = async () => {
          const start = performance.now();
          const taken = await sandbox.snapshotFilesystem();
          const milliseconds = performance.now() - start;
          await client.images.delete(taken.imageId);
          return { milliseconds };
        };
        const figure = await compare({ name, unit: 'ms', runs, warmup: 1, ours, peer });
        await sandbox.terminate();
        return figure;
      });
      rmSync(source, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
