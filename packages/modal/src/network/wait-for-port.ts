// Waits inside the sandbox, with one command, until something listens on a port: no polling over the network.

import { InternalError, TimeoutError } from 'computesdk';
import type { Sandbox } from 'modal';

import { runProgram } from '../commands/run-program.js';
import type { WaitOptions } from '../commands/wait-options.js';
import * as is from '../options/kinds.js';

// A listening socket has state 0A in the kernel's tables; `$1` is the port in hexadecimal.
const script = 'until grep -qsE "^ *[0-9]+: [0-9A-F]+:$1 0+:0000 0A" /proc/net/tcp /proc/net/tcp6; do sleep 0.05; done';

/** Throws TimeoutError. */
export async function waitForPort(sandbox: Sandbox, port: number, { timeout = 30_000, signal }: WaitOptions = {}): Promise<void> {
  is.port('port', port);
  is.milliseconds('timeout', timeout);
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const { exitCode, stderr } = await runProgram(sandbox, ['sh', '-c', script, 'sh', hex], { timeout, signal });
  if (exitCode === 0) return;
  if (exitCode === 124) throw new TimeoutError(`Nothing listened on port ${port} within ${timeout} ms`, { timeoutMs: timeout });
  throw new InternalError(`Waiting for port ${port} failed: ${stderr.trim()}`);
}
