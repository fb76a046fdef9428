// Stands in for @computesdk/modal in the framework pages' snippets: processes of this machine in a temporary directory,
// isolated from nothing. What is tested here is the route between a framework and the handler.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProvider } from 'computesdk';

/** @type {Map<string, { directory: string, createdAt: Date }>} */
const live = new Map();

async function destroy(_config, sandboxId) {
  const sandbox = live.get(sandboxId);
  live.delete(sandboxId);
  if (sandbox) await rm(sandbox.directory, { recursive: true, force: true });
}

const nativeOf = (sandboxId) => ({ sandbox: live.get(sandboxId), sandboxId });

export const modal = (config = {}) =>
  createProvider({
    name: 'modal',
    methods: {
      sandbox: {
        async create() {
          const directory = await mkdtemp(join(tmpdir(), 'computesdk-framework-'));
          live.set(directory, { directory, createdAt: new Date() });
          return nativeOf(directory);
        },
        getById: async (_config, sandboxId) => (live.has(sandboxId) ? nativeOf(sandboxId) : null),
        list: async () => [...live.keys()].map(nativeOf),
        destroy,
        getInfo: async ({ createdAt }) => ({ status: 'running', createdAt, timeout: 300_000 }),
        getUrl: async (_sandbox, { port }) => `http://127.0.0.1:${port}`,
        runCommand: ({ directory }, command, args = [], { onStdout, signal } = {}) =>
          new Promise((resolve, reject) => {
            const child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'pipe', 'ignore'], signal });
            let stdout = '';
            child.stdout.setEncoding('utf8').on('data', (data) => {
              stdout += data;
              onStdout?.(data);
            });
            child.on('error', reject).on('close', (code) => resolve({ stdout, stderr: '', exitCode: code ?? 1 }));
          }),
      },
    },
  })(config);
