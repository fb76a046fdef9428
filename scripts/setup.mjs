// Brings a fresh clone to where everything runs: Debian packages, npm packages, the agent, the builds. Each step looks
// first and does only what is missing, so that a second run takes a moment. Node's built-in modules only.

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';

import { asRoot, onPath } from './as-root.mjs';
import { repositoryRoot, workspaces } from './repository.mjs';
import { changeTimes } from './change-times.mjs';

const quiet = process.argv.includes('--quiet');

/** What the engine needs: a program on the PATH, and the Debian package that brings it. */
const DEBIAN_PACKAGES = {
  crun: 'crun',
  nft: 'nftables',
  ip: 'iproute2',
  skopeo: 'skopeo',
  cargo: 'cargo',
  cc: 'gcc',
  tar: 'tar',
  zstd: 'zstd',
  'mkfs.ext4': 'e2fsprogs',
  unshare: 'util-linux',
  python3: 'python3',
};
/** What only the tests and benchmarks need. */
const TEST_PACKAGES = { 'docker-registry': 'docker-registry', mmdebstrap: 'mmdebstrap', umoci: 'umoci', runc: 'runc', s3fs: 's3fs' };

checkMachine();
installDebianPackages();
installNpmPackages();
build();

function checkMachine() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer (https://nodejs.org).`);
  }
  if (process.platform !== 'linux') fail('The local engine runs on Linux only (on Windows, inside WSL2).');
}

function installDebianPackages() {
  const wanted = { ...DEBIAN_PACKAGES, ...(process.env.npm_lifecycle_event === 'demo' ? {} : TEST_PACKAGES) };
  const missing = Object.keys(wanted).filter((program) => !onPath(program));
  const packages = missing.map((program) => wanted[program]);
  if (!existsSync('/usr/include/stdio.h')) packages.push('libc6-dev');
  if (packages.length === 0) return;

  const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages];
  const environment = asRoot(['env', 'DEBIAN_FRONTEND=noninteractive']);
  if (!onPath('apt-get') || environment === undefined) {
    fail(`Not installed: ${packages.join(', ')}. On Debian or Ubuntu, as root: ${install.join(' ')}`);
  }
  say(`Installing Debian packages: ${packages.join(' ')}`);
  run([...environment, 'apt-get', 'update', '-qq'], 'apt-get could not update its lists');
  run([...environment, ...install], `Debian packages could not be installed; by hand, as root: ${install.join(' ')}`);
}

function installNpmPackages() {
  const marker = path.join(repositoryRoot, 'node_modules/.package-lock.json');
  const lock = path.join(repositoryRoot, 'package-lock.json');
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(lock).mtimeMs) return;
  say('Installing npm packages');
  // Not `npm ci`: it refuses where a registry mirror lacks the packages of other platforms.
  run(['npm', 'install', '--no-audit', '--no-fund', '--loglevel=error'], 'npm packages could not be installed');
  run(['touch', marker], 'node_modules could not be marked as up to date');
}

function build() {
  run([process.execPath, 'packages/modal-local/agent/build.mjs'], 'the agent could not be built');
  const built = workspaces.map((folder) => changeTimes(path.join(repositoryRoot, folder, 'dist')));
  const sources = workspaces.flatMap((folder) =>
    ['src', 'package.json', 'tsup.config.ts'].map((name) => changeTimes(path.join(repositoryRoot, folder, name))),
  );
  const newestSource = Math.max(...sources.flat());
  if (built.every((times) => times.length > 0 && Math.min(...times) >= newestSource)) return;
  say('Building the packages');
  run([process.execPath, 'scripts/build.mjs'], 'the packages could not be built');
}

function run([program, ...args], complaint) {
  const stdio = ['ignore', quiet ? 'ignore' : 'inherit', 'inherit'];
  const { status, error } = spawnSync(program, args, { cwd: repositoryRoot, stdio });
  if (status !== 0) fail(error ? `${complaint}: ${error.message}` : complaint);
}

function say(line) {
  if (!quiet) console.log(line);
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
