// A stand-in for the agent in the runtime's own tests: a shell as PID 1 that runs one script after the other. So a
// failure here is the runtime's, never the agent's.

import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import type { AgentConnection, AgentProcess, OutputSink, ProcessSpec } from '../agent/connection.js';

/** Takes scripts from descriptor 3, base64, one a line; answers with their output, base64, and their exit code. */
export const SCRIPT_AGENT = `#!/bin/sh
echo hello >&3
while read -r script <&3; do
  sh -c "$(echo "$script" | base64 -d)" > /dev/shm/output 2>&1 3<&-
  code=$?
  echo "$(base64 -w0 /dev/shm/output) $code" >&3
done
`;

export class ScriptAgent implements AgentConnection {
  readonly ready: Promise<void>;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #answers: ((line: string) => void)[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.ready = new Promise((resolve) => this.#answers.push(() => resolve()));
    // The container may end at any time; `closed` tells.
    socket.on('error', () => undefined);
    createInterface({ input: socket }).on('line', (line) => this.#answers.shift()?.(line));
  }

  async start({ argv, env }: ProcessSpec, output: { stdout: OutputSink }): Promise<AgentProcess> {
    const setting = Object.entries(env).map(([name, value]) => `export ${name}='${value}'; `);
    const answer = new Promise<string>((resolve) => this.#answers.push(resolve));
    this.#socket.write(`${Buffer.from(`${setting.join('')}${argv.at(-1) ?? ''}`).toString('base64')}\n`);
    const exited = answer.then((line) => {
      const [text = '', code] = line.split(' ');
      void output.stdout.write(Buffer.from(text, 'base64'));
      return { kind: 'exited' as const, code: Number(code) };
    });
    return { pid: 2, exited, writeStdin: async () => undefined, closeStdin: () => undefined, signal: () => undefined, resize: () => undefined };
  }

  async dial(): Promise<Duplex> {
    throw new Error('the script agent dials nothing');
  }

  close(): void {
    this.#socket.destroy();
  }
}
