// Runs every example on a local engine, one line each: `npm run examples`, or with torch `npm run examples:ml`. The engine
// serves the provider's default image from Debian's packages, so that the examples stay as the document has them.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startLocalModal } from '@computesdk/modal-local';
import { transformSync } from 'esbuild';

import { rootArchive } from './image.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const library = process.argv.includes('--ml') ? 'torch' : 'numpy';
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
/** The credentials that the document's second block has in its text. */
const TOKEN = { tokenId: 'your_token_id', tokenSecret: 'your_token_secret' };

const stateDir = mkdtempSync(path.join(os.tmpdir(), 'modal-local-examples-'));
let failures = 0;
try {
  importImage('examples/python', rootArchive(library));
  const engine = await startLocalModal({ stateDir, credentials: TOKEN });
  try {
    for (const example of examples()) await runExample(example, engine.env);
  } finally {
    await engine.stop();
  }
} finally {
  rmSync(stateDir, { recursive: true });
}
process.exitCode = failures > 0 ? 1 : 0;

function importImage(name, archive) {
  for (const args of [
    ['import', archive, name],
    ['alias', 'python:3.13-slim', name],
  ]) {
    const cli = path.join(folder, '../packages/modal-local/bin/modal-local.js');
    const { status } = spawnSync(process.execPath, [cli, 'images', ...args, '--state-dir', stateDir], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`modal-local images ${args.join(' ')} failed`);
  }
}

function examples() {
  const files = readdirSync(path.join(folder, 'seed')).filter((name) => name.endsWith('.ts'));
  return files.filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part))).sort();
}

async function runExample(name, env) {
  const { code, output, milliseconds } = await runProgram(path.join(folder, 'seed', name), env);
  if (code !== 0) failures++;
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(36)} ${String(milliseconds).padStart(6)} ms`);
  if (code !== 0 || process.argv.includes('--show')) console.log(output.replace(/^/gm, '       '));
}

/** Types are stripped into a folder inside node_modules, so that imports resolve as they do beside the source. */
async function runProgram(source, env) {
  const built = mkdtempSync(path.join(folder, '../node_modules/.example-'));
  const program = path.join(built, path.basename(source, '.ts') + '.mjs');
  writeFileSync(program, transformSync(readFileSync(source, 'utf8'), { loader: 'ts', format: 'esm' }).code);
  const start = Date.now();
  try {
    const child = spawn(process.execPath, [program], { env: { ...process.env, MODAL_LOGLEVEL: 'error', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    return { code, output, milliseconds: Date.now() - start };
  } finally {
    rmSync(built, { recursive: true });
  }
}
