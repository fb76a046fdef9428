import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultStateDirectory, ephemeralStateDirectory, openStateDirectory } from './state-directory.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'state-test-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a state directory', () => {
  it('is created for its owner alone', () => {
    const { root } = openStateDirectory(join(directory, 'a', 'b'));
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });

  it('loses write permission for others when it had it', () => {
    const open = join(directory, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    openStateDirectory(open);
    expect(statSync(open).mode & 0o777).toBe(0o755);
  });

  it('follows XDG_STATE_HOME, if it is absolute', () => {
    expect(defaultStateDirectory({ XDG_STATE_HOME: '/x' })).toBe('/x/modal-local');
    expect(defaultStateDirectory({ XDG_STATE_HOME: 'x' })).toBe(join(homedir(), '.local/state/modal-local'));
    expect(defaultStateDirectory({})).toBe(join(homedir(), '.local/state/modal-local'));
  });

  it('vanishes when ephemeral and disposed of', () => {
    const state = ephemeralStateDirectory();
    expect(existsSync(state.paths.root)).toBe(true);
    state[Symbol.dispose]();
    expect(existsSync(state.paths.root)).toBe(false);
  });
});
