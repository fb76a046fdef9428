// The seed's first example, and a little more, on an engine of this machine; with `-- --cloud` on Modal itself.

import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

import { asRoot } from './as-root.mjs';

const inCloud = process.argv.includes('--cloud');
if (!inCloud && process.getuid?.() !== 0) process.exit(startAsRoot());

/** Real work with the standard library alone: the seed's program wants torch. */
const PROGRAM = `
import math, platform, random, statistics, time

start = time.perf_counter()
random.seed(7)

# A matrix times its transpose, as the seed's program does with torch.
size = 120
x = [[random.gauss(0, 1) for _ in range(size)] for _ in range(size)]
y = [[math.sumprod(a, b) if hasattr(math, "sumprod") else sum(p * q for p, q in zip(a, b)) for b in x] for a in x]
flat = [value for row in y for value in row]

print(f"Python {platform.python_version()} on {platform.system()}")
print(f"Result shape: ({len(y)}, {len(y[0])})")
print(f"Mean: {statistics.fmean(flat):.4f}, trace: {sum(y[i][i] for i in range(size)):.1f}")
print(f"{size ** 3:,} multiplications in {time.perf_counter() - start:.2f} s")
`;

const engine = inCloud ? undefined : await step('start the engine', startEngine);
try {
  await runFlow();
} finally {
  if (engine) await step('stop the engine', () => engine.stop());
}
console.log(`
Next: this same program runs on Modal's cloud with MODAL_TOKEN_ID and MODAL_TOKEN_SECRET set: npm run demo -- --cloud
torch: create({ image: 'python:3.13-slim', pip: ['torch'] }) where PyPI is reachable; offline on Debian: npm run examples:ml`);

function startAsRoot() {
  const command = asRoot([process.execPath, ...process.argv.slice(1)]);
  if (command === undefined) {
    console.error('demo: the engine needs root to isolate sandboxes, and there is no sudo: run `npm run demo` as root');
    return 1;
  }
  const [program, ...args] = command;
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
}

async function runFlow() {
  compute.setConfig({
    defaultProvider: modal({
      tokenId: process.env.MODAL_TOKEN_ID,
      tokenSecret: process.env.MODAL_TOKEN_SECRET,
    }),
  });

  const sandbox = await step('create a sandbox', () => compute.sandbox.create());
  try {
    show(await step('run a Python program', () => sandbox.runCode(PROGRAM)));
    show(await step('run a shell command', () => sandbox.runCommand('id; hostname; ps -e 2>/dev/null | wc -l || true')));
    await step('write a file', () => sandbox.filesystem.writeFile('/app/greeting.txt', 'Hello from inside the sandbox\n'));
    const content = await step('read it back', () => sandbox.filesystem.readFile('/app/greeting.txt'));
    process.stdout.write(indent(content));
    show(await step('run a Node program', () => sandbox.runCode("console.log('Node', process.version, 'says 6 * 7 =', 6 * 7)", 'node')));
  } finally {
    await step('destroy the sandbox', () => compute.sandbox.destroy(sandbox.sandboxId));
  }
}

async function startEngine() {
  const { startLocalModal } = await import('@computesdk/modal-local');
  const local = await startLocalModal();
  Object.assign(process.env, local.env);
  return local;
}

async function step(title, action) {
  const start = performance.now();
  const result = await action();
  console.log(`${title.padEnd(24)} ${(performance.now() - start).toFixed(0).padStart(6)} ms`);
  return result;
}

function show({ stdout, stderr, exitCode }) {
  process.stdout.write(indent(stdout + stderr));
  console.log(`    exit code ${exitCode}`);
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '    ');
}
