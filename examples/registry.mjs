// A registry on the loopback, and how an image with one root file system gets into it. `benchmarks/images.mjs` uses it too.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @param {string} folder where it keeps its images
 * @returns {Promise<{ address: string, stop(): Promise<void> }>} address: `127.0.0.1:PORT`
 */
export async function startRegistry(folder) {
  const port = await freePort();
  const config = path.join(folder, 'registry.yml');
  writeFileSync(config, `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${path.join(folder, 'registry')}}}\nhttp: {addr: "127.0.0.1:${port}"}\n`);
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

/** Makes an image of one layer out of a tar archive of a root, and pushes it as `name`; `folder` is for what lies between. */
export async function pushRoot(archive, name, folder) {
  const layout = path.join(folder, 'layout');
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', '--image', `${layout}:image`]);
  await run('umoci', ['raw', 'add-layer', '--image', `${layout}:image`, archive]);
  await run('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}:image`, `docker://${name}`]);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
