// Runs every test: the agent's (cargo), then all of TypeScript's (vitest). `npm test -- PATTERN…` runs some of vitest's.
// The last line counts both.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { asRoot } from './as-root.mjs';
import { repositoryRoot } from './repository.mjs';

const patterns = process.argv.slice(2);
// Tests of the runtime mount things, as the engine does, where they cannot leave anything behind.
const inMountNamespace = asRoot(['env', 'MODAL_LOCAL_TEST_NAMESPACE=1', 'unshare', '--mount', '--propagation', 'private']);
if (inMountNamespace === undefined) {
  console.error('test: the engine needs root to isolate sandboxes, and there is no sudo: run `npm test` as root');
  process.exit(1);
}
const totals = { passed: 0, failed: 0, skipped: 0 };

if (patterns.length === 0) add(await cargoTests());
add(await vitestTests());

console.log(`${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function cargoTests() {
  const { code, output } = await run('cargo', ['test', '--quiet'], path.join(repositoryRoot, 'packages/modal-local/agent'));
  const counted = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(/test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/g)) {
    counted.passed += Number(passed);
    counted.failed += Number(failed);
    counted.skipped += Number(ignored);
  }
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  return counted;
}

async function vitestTests() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'modal-local-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const [program, ...args] = [...inMountNamespace, 'npx', '--no-install', 'vitest', 'run', ...reporters, ...patterns];
    const { code } = await run(program, args, repositoryRoot);
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const brokenFiles = testResults.filter(({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'));
    const failed = numFailedTests + brokenFiles.length;
    return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed, skipped: numPendingTests + numTodoTests };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function add(counted) {
  for (const key of Object.keys(totals)) totals[key] += counted[key];
}

/** Runs a program, shows what it prints, and returns that with its exit code. */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}
