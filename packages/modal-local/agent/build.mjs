// Builds the agent, and the engine's hand on the host, into ../dist/agent/, unless they are newer than their sources.
// Node's built-in modules only.

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const target = path.join(folder, '../dist/agent');
const programs = ['modal-local-agent', 'modal-local-host'];
const sources = ['src', '.cargo', 'Cargo.toml', 'Cargo.lock', 'build.mjs'];

const built = Math.min(...programs.map((name) => statSync(path.join(target, name), { throwIfNoEntry: false })?.mtimeMs ?? 0));
if (built < Math.max(...sources.map((name) => newestChange(path.join(folder, name))))) build();

function build() {
  const { status, error } = spawnSync('cargo', ['build', '--release', '--locked', '--offline', '--quiet'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error?.code === 'ENOENT') {
    fail('cargo is not installed. On Debian or Ubuntu, as root: apt-get install -y cargo gcc libc6-dev (Rust 1.63 or newer will do).');
  }
  if (error) fail(`cargo could not be started: ${error.message}`);
  if (status !== 0) fail('cargo build failed, see above. It needs Rust 1.63 or newer, gcc and the static C library (libc6-dev).');

  mkdirSync(target, { recursive: true });
  for (const name of programs) {
    // Renamed into place: sandboxes that run keep the old file.
    copyFileSync(path.join(folder, 'target/release', name), path.join(target, `${name}.new`));
    renameSync(path.join(target, `${name}.new`), path.join(target, name));
  }
}

function newestChange(file) {
  const status = statSync(file);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(...readdirSync(file).map((name) => newestChange(path.join(file, name))));
}

function fail(message) {
  console.error(`agent: ${message}`);
  process.exit(1);
}
