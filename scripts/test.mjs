// Runs every test: the agent's (cargo), then all of TypeScript's (vitest). `npm test -- PATTERN…` runs some of vitest's.
// The last line counts both.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { repositoryRoot } from './repository.mjs';

const patterns = process.argv.slice(2);
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
    // Tests of the runtime mount things, as the engine does, where they cannot leave anything behind.
    const inside = process.getuid() === 0 ? ['unshare', '--mount', '--propagation', 'private'] : [];
    const [program, ...args] = [...inside, 'npx', '--no-install', 'vitest', 'run', ...reporters, ...patterns];
    const { code } = await run(program, args, repositoryRoot, { MODAL_LOCAL_TEST_NAMESPACE: inside.length > 0 ? '1' : '' });
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
function run(program, args, cwd, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}
