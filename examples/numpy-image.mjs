// An image built from Dockerfile commands, as a program would on Modal's cloud, with nothing but this machine and Debian's
// packages: a base from a registry on the loopback, numpy from apt, each step with its line in the output.
// `npm run examples:image`.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { modal } from '@computesdk/modal';
import { startLocalModal } from '@computesdk/modal-local';
import { compute } from 'computesdk';

import { rootArchive } from './image.mjs';
import { pushRoot, startRegistry } from './registry.mjs';

const folder = mkdtempSync(path.join(os.tmpdir(), 'modal-local-example-'));
const registry = await startRegistry(folder);
const engine = await startLocalModal();
try {
  const base = `${registry.address}/debian-python:bookworm`;
  await timed(`${base} is in the registry`, () => pushRoot(rootArchive('base'), base, folder));

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

async function timed(what, action) {
  const start = Date.now();
  const result = await action();
  console.log(`${String(Date.now() - start).padStart(6)} ms  ${what}`);
  return result;
}
