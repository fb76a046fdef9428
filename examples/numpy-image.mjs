// An image built from Dockerfile commands, as a program would on Modal's cloud, with nothing but this machine and Debian's
// packages: a base from a registry on the loopback, numpy from apt, each step with its line in the output.
// `npm run examples:image`.

import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { modal } from '@computesdk/modal';
import { startLocalModal } from '@computesdk/modal-local';
import { compute } from 'computesdk';

const run = promisify(execFile);
const folder = mkdtempSync(path.join(os.tmpdir(), 'modal-local-example-'));
const registry = await startRegistry();
const engine = await startLocalModal();
try {
  const base = `${registry.address}/debian-python:bookworm`;
  await timed(`${base} is in the registry`, () => push(baseArchive(), base));

  Object.assign(process.env, engine.env, { MODAL_LOGLEVEL: 'error' });
  compute.setConfig({
    defaultProvider: modal({
      image: {
        registry: base,
        dockerfileCommands: [
          'ENV DEBIAN_FRONTEND=noninteractive',
          'RUN apt-get update && apt-get install -y --no-install-recommends python3-numpy',
          'WORKDIR /work',
          'RUN python3 -c "import numpy; print(numpy.__version__)" > numpy-version',
        ],
      },
    }),
  });
  const sandbox = await timed('the image is built and a sandbox runs', () => compute.sandbox.create());
  const result = await timed('numpy has answered', () =>
    sandbox.runCode('import numpy as np\na = np.arange(9).reshape(3, 3)\nprint(open("/work/numpy-version").read().strip(), (a @ a.T).tolist())', 'python'),
  );
  console.log(result.stdout ?? result.output);
  await sandbox.destroy();
  const again = await timed('a second sandbox: nothing is built', () => compute.sandbox.create());
  await again.destroy();
} finally {
  await engine.stop();
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Debian with Python and apt; made once, in the user's cache. */
function baseArchive() {
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'modal-local-examples');
  const archive = path.join(cache, 'debian-python-bookworm.tar');
  if (existsSync(archive)) return archive;
  mkdirSync(cache, { recursive: true });
  const partial = `${archive}.partial.tar`;
  const { status } = spawnSync('mmdebstrap', ['--variant=apt', '--include=python3,python-is-python3', 'bookworm', partial], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('mmdebstrap could not make a root: it needs root, and Debian’s packages within reach');
  renameSync(partial, archive);
  return archive;
}

async function push(archive, name) {
  const layout = path.join(folder, 'layout');
  await run('umoci', ['init', '--layout', layout]);
  await run('umoci', ['new', '--image', `${layout}:image`]);
  await run('umoci', ['raw', 'add-layer', '--image', `${layout}:image`, archive]);
  await run('skopeo', ['--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${layout}:image`, `docker://${name}`]);
}

async function startRegistry() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
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

async function timed(what, action) {
  const start = Date.now();
  const result = await action();
  console.log(`${String(Date.now() - start).padStart(6)} ms  ${what}`);
  return result;
}
