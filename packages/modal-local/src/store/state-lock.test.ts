import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { processStartTime } from '../runtime/host/process-identity.js';
import { lockStateDirectory, readLockHolder } from './state-lock.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lock-test-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const record = (pid: number) => writeFileSync(join(root, 'lock'), JSON.stringify({ pid, startTime: processStartTime(pid) ?? 1 }));

describe('the lock of a state directory', () => {
  it('is held once, and names its holder until it is let go', () => {
    const lock = lockStateDirectory(root);
    expect(() => lockStateDirectory(root)).toThrow(`Another engine, process ${process.pid}, uses the state directory ${root}`);
    lock[Symbol.dispose]();
    lockStateDirectory(root)[Symbol.dispose]();
  });

  it('is not held by a process that happens to have the recorded id', () => {
    record(process.ppid);
    lockStateDirectory(root)[Symbol.dispose]();
  });

  it('is held by an engine whose process cannot be seen from here, as one in another container', () => {
    const lock = lockStateDirectory(root);
    record(2 ** 22 + 1);
    expect(readLockHolder(root)).toBeUndefined();
    expect(() => lockStateDirectory(root)).toThrow(`Another engine uses the state directory ${root}`);
    lock[Symbol.dispose]();
  });

  it('stays with its holder when one that was refused, or that held it before, goes', () => {
    const before = lockStateDirectory(root);
    before[Symbol.dispose]();
    const lock = lockStateDirectory(root);
    expect(() => lockStateDirectory(root)).toThrow('Another engine');
    expect(() => lockStateDirectory(root)).toThrow('Another engine');
    lock[Symbol.dispose]();
  });
});
