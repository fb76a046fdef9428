// Runs one of the host's network programs, with its input on stdin, and turns a failure into an error that shows what it said.

import { spawn } from 'node:child_process';

/** They talk to the kernel and to nobody else; one that hangs must not hold up every later change. */
const TIMEOUT_MS = 60_000;

export async function runCommand(program: string, args: readonly string[], input = '', options: { tolerateFailure?: boolean } = {}): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
  const output: Buffer[] = [];
  const complaint: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${program} could not be started: ${cause.message}`, { cause })));
    child.once('close', resolve);
  });
  // A program that ends before it has read its input breaks the pipe; its exit code tells why.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') child.kill();
  });
  child.stdin.end(input);
  const code = await ended;
  if (code !== 0 && options.tolerateFailure !== true) {
    throw new Error(`${program} ${args.join(' ')} failed (${code}): ${Buffer.concat(complaint).toString().trim()}`);
  }
  return Buffer.concat(output).toString();
}
