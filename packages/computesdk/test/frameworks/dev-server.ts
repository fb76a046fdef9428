// A framework's own development server, as a child process on a free port.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Ask } from './exercise.js';

const require = createRequire(import.meta.url);

export interface DevServerOptions {
  /** Package and the path of its program within it. */
  program: [packageName: string, path: string];
  args: readonly string[];
  directory: string;
}

export interface DevServer extends AsyncDisposable {
  /** Sends requests to a path. */
  at(path: string): Ask;
}

/** Starts the server and waits until it prints its address. */
export async function devServer({ program: [name, path], args, directory }: DevServerOptions): Promise<DevServer> {
  const program = join(dirname(require.resolve(`${name}/package.json`)), path);
  const child = spawn(process.execPath, [program, ...args], {
    cwd: directory,
    env: { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1', NEXT_IGNORE_INCORRECT_LOCKFILE: '1', NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let printed = '';
  const address = await new Promise<string>((resolve, reject) => {
    const read = (data: string): void => {
      printed += data;
      const found = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(printed);
      if (found) resolve(found[0]);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('exit', (code) => reject(new Error(`${name} ended with code ${code}:\n${printed}`)));
  });
  return {
    at: (path) => (init) => fetch(new URL(path, address), init),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
