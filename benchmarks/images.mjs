// Pull an image from a registry of this machine and make it ready to start, through the SDK; against skopeo and umoci.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';

import { pushRoot, startRegistry } from '../examples/registry.mjs';
import { withEngine } from './engine.mjs';
import { compare } from './measure.mjs';

const run = promisify(execFile);
/** Programs and many small files of this machine, as an image might hold. */
const CONTENT = ['/usr/bin', '/usr/include', '/usr/lib/git-core', '/usr/share/perl'];

export default async function* images() {
  const folder = mkdtempSync(join(tmpdir(), 'modal-local-benchmark-'));
  const registry = await startRegistry(folder);
  try {
    const name = `${registry.address}/benchmark:1`;
    await pushRoot(await archiveOf(folder), name, folder);
    const ours = () =>
      withEngine(async ({ client, app }) => {
        const start = performance.now();
        await client.images.fromRegistry(name).build(app);
        return { milliseconds: performance.now() - start };
      });
    let count = 0;
    const peer = async () => {
      const target = join(folder, `peer-${(count += 1)}`);
      const start = performance.now();
      await run('skopeo', ['--insecure-policy', 'copy', '--src-tls-verify=false', `docker://${name}`, `oci:${target}:image`]);
      await run('umoci', ['unpack', '--image', `${target}:image`, join(target, 'bundle')]);
      const milliseconds = performance.now() - start;
      rmSync(target, { recursive: true });
      return { milliseconds };
    };
    yield await compare({ name: 'images/pull', unit: 'ms', runs: 3, warmup: 1, ours, peer });
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function archiveOf(folder) {
  const archive = join(folder, 'root.tar');
  await run('tar', ['--create', `--file=${archive}`, '--ignore-failed-read', '--directory=/', ...CONTENT.map((path) => path.slice(1))], { maxBuffer: 2 ** 24 });
  return archive;
}
