// The OCI runtime alone: runs `true` with the very specification of a live sandbox, on its root, in the engine's mount
// namespace. Started there as a program of its own, so that each run costs a spawn and nothing else.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ENGINES = '/run/modal-local';

/** Where the engine keeps the bundle of a live sandbox, and the engine's process. */
export function bundleOf(sandbox) {
  for (const engine of readdirSync(ENGINES)) {
    const bundle = path.join(ENGINES, engine, 'bundles', sandbox.sandboxId);
    if (!existsSync(bundle)) continue;
    const { pid } = JSON.parse(readFileSync(path.join(ENGINES, engine, 'instance.json'), 'utf8'));
    return { bundle, enginePid: String(pid) };
  }
  throw new Error(`No engine of this machine runs ${sandbox.sandboxId}`);
}

export function hostPidOf(sandbox) {
  return readFileSync(path.join(bundleOf(sandbox).bundle, 'pid'), 'utf8').trim();
}

/** `run` resolves with `{ milliseconds }` of one `crun run … true`. */
export async function startBareRuntime(sandbox) {
  const { bundle, enginePid } = bundleOf(sandbox);
  const child = spawn('nsenter', ['-t', enginePid, '-m', process.execPath, fileURLToPath(import.meta.url), bundle], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async run() {
      child.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error('The bare runtime has ended');
      return { milliseconds: Number(value) };
    },
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(process.argv[2]);

/** Runs once for every line on standard input. */
async function serve(original) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bare-runtime-'));
  const config = JSON.parse(readFileSync(path.join(original, 'config.json'), 'utf8'));
  config.process.args = ['/bin/true'];
  config.linux.cgroupsPath = `/modal-local-benchmark-${process.pid}`;
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  const requests = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  while (!(await requests.next()).done) {
    const start = performance.now();
    const child = spawn('crun', ['--root', path.join(folder, 'state'), 'run', '--bundle', folder, `bare-${process.pid}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`crun ended with ${code}`);
    console.log(performance.now() - start);
  }
  rmSync(folder, { recursive: true });
}
