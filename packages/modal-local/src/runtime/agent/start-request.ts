// A process's specification as the payload of a START frame.

import type { ProcessSpec } from './connection.js';
import { AgentError } from './errors.js';
import { MAX_PAYLOAD } from './frames.js';

const STDIN = 1;
const STDOUT = 2;
const STDERR = 4;
const TERMINAL = 8;
const MAX_TIMEOUT_MS = 2 ** 32 - 1;

export function encodeStart(spec: ProcessSpec): Buffer {
  const { rows, columns } = spec.pty ?? { rows: 0, columns: 0 };
  const timeout = spec.timeoutMs === undefined ? 0 : Math.ceil(spec.timeoutMs);
  if (spec.argv.length === 0) throw invalid('argv is empty: name a program');
  if (!spec.cwd.startsWith('/')) throw invalid(`cwd must be an absolute path, got ${JSON.stringify(spec.cwd)}`);
  if (spec.timeoutMs !== undefined && !(timeout >= 1 && timeout <= MAX_TIMEOUT_MS)) {
    throw invalid(`timeoutMs must be between 1 and ${MAX_TIMEOUT_MS}, got ${spec.timeoutMs}`);
  }

  const head = Buffer.alloc(9);
  head[0] =
    (spec.stdin === 'pipe' ? STDIN : 0) |
    (spec.stdout === 'pipe' ? STDOUT : 0) |
    (spec.stderr === 'pipe' ? STDERR : 0) |
    (spec.pty ? TERMINAL : 0);
  head.writeUInt16LE(checkSize('rows', rows), 1);
  head.writeUInt16LE(checkSize('columns', columns), 3);
  head.writeUInt32LE(timeout, 5);
  const environment = Object.entries(spec.env).map(([name, value]) => variable(name, value));
  const payload = Buffer.concat([
    head,
    ...string(spec.cwd, 'cwd'),
    ...string(spec.user ?? '', 'user'),
    ...strings(spec.argv, 'argv'),
    ...strings(environment, 'env'),
  ]);
  if (payload.length > MAX_PAYLOAD) {
    throw invalid(`arguments and environment take ${payload.length} bytes, at most ${MAX_PAYLOAD} are possible: pass large data through stdin or a file`);
  }
  return payload;
}

/** Rows or columns of a terminal. */
export function checkSize(what: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) {
    throw invalid(`${what} must be a whole number between 0 and 65535, got ${value}`);
  }
  return value;
}

function variable(name: string, value: string): string {
  if (name === '' || name.includes('=')) throw invalid(`env holds the impossible name ${JSON.stringify(name)}`);
  return `${name}=${value}`;
}

function strings(values: readonly string[], what: string): Buffer[] {
  return [uint32(values.length), ...values.flatMap((value) => string(value, what))];
}

function string(value: string, what: string): Buffer[] {
  if (value.includes('\0')) throw invalid(`${what} holds a NUL byte, which no process can be given`);
  const bytes = Buffer.from(value);
  return [uint32(bytes.length), bytes];
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function invalid(message: string): AgentError {
  return new AgentError('INVALID_ARGUMENT', `${message}.`);
}
