import { afterEach, beforeEach, expect, test } from 'vitest';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { delegateControllers, prepareMountNamespace } from './mount-namespace.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'modal-local-cgroup-'));
});
afterEach(async () => await rm(root, { recursive: true }));

test('an engine that shares its mount namespace with its parent is refused, with the way to start it', async () => {
  // The test runner's parent and this process share one.
  await expect(prepareMountNamespace()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringContaining('unshare --mount') });
});

test('controllers that are delegated already are left alone', async () => {
  await writeFile(join(root, 'cgroup.controllers'), 'cpu memory pids io\n');
  await writeFile(join(root, 'cgroup.subtree_control'), 'cpu memory pids\n');
  delegateControllers(root);
  expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('cpu memory pids\n');
});

test('only controllers that exist and are missing are asked for', async () => {
  await writeFile(join(root, 'cgroup.controllers'), 'cpu memory\n');
  await writeFile(join(root, 'cgroup.subtree_control'), 'cpu\n');
  await mkdir(join(root, 'child'));
  delegateControllers(root);
  expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory');
});
