// Pull an image from a registry of this machine and make it ready to start, through the SDK; against skopeo and umoci.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

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
    await push(folder, name);
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

async function push(folder, name) {
  const archive = join(folder, 'root.tar');
  await run('tar', ['--create', `--file=${archive}`, '--ignore-failed-read', '--directory=/', ...CONTENT.map((path) => path.slice(1))], { maxBuffer: 2 ** 24 });
  const layout = join(folder, 'layout');
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', '--image', `${layout}:image`]);
  await run('umoci', ['raw', 'add-layer', '--image', `${layout}:image`, archive]);
  await run('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}:image`, `docker://${name}`]);
}

async function startRegistry(folder) {
  const port = await freePort();
  const config = join(folder, 'registry.yml');
  writeFileSync(config, `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${join(folder, 'registry')}}}\nhttp: {addr: "127.0.0.1:${port}"}\n`);
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  while (!(await fetch(`http://${address}/v2/`).then(() => true, () => false))) {
    if (child.exitCode !== null) throw new Error('docker-registry ended at once');
    await sleep(20);
  }
  return {
    address,
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
