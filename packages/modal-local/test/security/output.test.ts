// Commands that write without end: the engine keeps its memory, and other commands their speed.

import { beforeAll, expect, it } from 'vitest';
import type { Sandbox } from 'modal';

import { run, testEngine } from '../engine.js';
import { engineMemory } from './engine-memory.js';
import { unnoticed } from './probe.js';

const engine = testEngine();
let neighbour: Sandbox;
beforeAll(async () => {
  neighbour = await engine.client.sandboxes.create(engine.app, engine.image);
});

it.each([
  ['one endless line', 'head -c 400000000 /dev/zero | tr "\\0" x'],
  ['random bytes', 'head -c 200000000 /dev/urandom'],
  ['lines', 'yes "$(printf "\\033[2J\\033]0;title\\007\\377")" | head -c 200000000'],
])('a flood of %s that nobody reads leaves the engine’s memory flat', async (_what, script) => {
  const sandbox = await engine.sandbox();
  const before = engineMemory();
  expect(before).toBeGreaterThan(20);
  const process = await sandbox.exec(['sh', '-c', script]);
  expect(await unnoticed(engine, neighbour, process.wait())).toBe(0);
  expect(engineMemory() - before).toBeLessThan(128);
});

it('a flood that never ends is cut off by the command’s time limit', async () => {
  const sandbox = await engine.sandbox();
  const before = engineMemory();
  expect(before).toBeGreaterThan(20);
  const process = await sandbox.exec(['cat', '/dev/zero'], { timeoutMs: 2000 });
  const end = await unnoticed(engine, neighbour, process.wait().catch(String));
  expect(String(end)).toMatch(/^137$|Deadline exceeded/);
  expect(engineMemory() - before).toBeLessThan(128);
  await sandbox.terminate({ wait: true });
});

it('hundreds of thousands of tiny writes arrive in order', async () => {
  const sandbox = await engine.sandbox();
  const program = 'import os\nfor number in range(200000): os.write(1, b"%d\\n" % number)';
  const { stdout, code } = await unnoticed(engine, neighbour, run(sandbox, 'python3', '-c', program));
  expect(code).toBe(0);
  const lines = stdout.split('\n');
  expect(lines).toHaveLength(200_001);
  expect(lines[123_456]).toBe('123456');
});

it('escapes and broken UTF-8 pass as bytes, uninterpreted', async () => {
  const sandbox = await engine.sandbox();
  const process = await sandbox.exec(['printf', '\\033[2J\\033]0;x\\007\\377\\300\\200\\355\\240\\200'], { mode: 'binary' });
  expect(Buffer.from(await process.stdout.readBytes()).toString('hex')).toBe('1b5b324a1b5d303b7807ffc080eda080');
});
