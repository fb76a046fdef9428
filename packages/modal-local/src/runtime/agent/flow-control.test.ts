import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { OutputSink } from './connection.js';
import { WINDOW_TO_AGENT, WINDOW_TO_ENGINE } from './frames.js';
import { launch, run, settled, specify, startTestAgent } from '../testing/start-test-agent.js';

const MIB = 1 << 20;

class CountingSink implements OutputSink {
  bytes = 0;
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;
  /** What `write` returns: a pending promise stalls the stream. */
  gate: Promise<void> | undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  write(chunk: Buffer): void | Promise<void> {
    this.bytes += chunk.length;
    return this.gate;
  }

  end(): void {
    this.#end();
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

describe('flow control', () => {
  it('holds back a process whose sink is stalled, and only it', async () => {
    await using agent = await startTestAgent();
    const stalled = new CountingSink();
    let open = (): void => undefined;
    stalled.gate = new Promise((resolve) => (open = resolve));
    const flood = await agent.connection.start(specify(['head', '-c', String(20 * MIB), '/dev/zero']), { stdout: stalled, stderr: new CountingSink() });
    await expect.poll(() => stalled.bytes).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) expect((await run(agent, ['echo', 'hi'])).stdout).toBe('hi\n');
    expect(stalled.bytes).toBeLessThanOrEqual(WINDOW_TO_ENGINE);
    expect(residentBytes(agent.pid)).toBeLessThan(16 * MIB);
    stalled.gate = undefined;
    open();
    await stalled.ended;
    expect(stalled.bytes).toBe(20 * MIB);
    expect(await flood.exited).toEqual({ kind: 'exited', code: 0 });
  });

  it('keeps the order of chunks when the sink is slow', async () => {
    await using agent = await startTestAgent();
    const seen: Buffer[] = [];
    let writing = false;
    const ended = new Promise<void>((resolve) => {
      const slow: OutputSink = {
        write: async (chunk) => {
          expect(writing).toBe(false);
          writing = true;
          await new Promise((next) => setImmediate(next));
          seen.push(chunk);
          writing = false;
        },
        end: resolve,
      };
      void agent.connection.start(specify(['seq', '200000'], { stderr: 'null' }), { stdout: slow, stderr: new CountingSink() });
    });
    await ended;
    const lines = Buffer.concat(seen).toString().trimEnd().split('\n');
    expect(lines.every((line, index) => line === String(index + 1)) && lines.length).toBe(200_000);
  });

  it('keeps waiting input in the engine while a process does not read', async () => {
    await using agent = await startTestAgent();
    const { process, stdout } = await launch(agent, ['sh', '-c', 'read go < /dev/stdin; sleep 0.3; wc -c'], { stdin: 'pipe' });
    const written = process.writeStdin(Buffer.concat([Buffer.from('go\n'), Buffer.alloc(30 * MIB)]));
    expect(await settled(() => residentBytes(agent.pid))).toBeLessThan(16 * MIB + WINDOW_TO_AGENT);
    await written;
    process.closeStdin();
    await stdout.ended;
    // The shell's read may take more than its line from the pipe, never less.
    expect(Number(stdout.text)).toBeGreaterThan(29 * MIB);
  });

  it('carries bytes unchanged through both directions at once', async () => {
    await using agent = await startTestAgent();
    const bytes = Buffer.alloc(8 * MIB);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE((Math.imul(at, 2654435761) ^ (at >>> 3)) >>> 0, at);
    const { process, stdout } = await launch(agent, ['cat'], { stdin: 'pipe' });
    for (let at = 0; at < bytes.length; at += 100_003) await process.writeStdin(bytes.subarray(at, at + 100_003));
    process.closeStdin();
    await stdout.ended;
    expect(Buffer.concat(stdout.chunks).equals(bytes)).toBe(true);
  });

  it('serves a thousand processes at once', async () => {
    await using agent = await startTestAgent();
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => run(agent, ['sh', '-c', 'read x; echo $x'], { env: { PATH: '/bin', I: String(index) }, stdin: 'null' })),
    );
    expect(results.every(({ exit, stdout }) => exit.kind === 'exited' && stdout === '\n')).toBe(true);
    expect(residentBytes(agent.pid)).toBeLessThan(32 * MIB);
  });

  it('kills a process whose output cannot be kept, and says why', async () => {
    await using agent = await startTestAgent();
    const full: OutputSink = { write: () => Promise.reject(new Error('no space left')), end: () => undefined };
    const process = await agent.connection.start(specify(['yes']), { stdout: full, stderr: new CountingSink() });
    await expect(process.exited).rejects.toThrow('no space left');
    expect((await run(agent, ['echo', 'still here'])).stdout).toBe('still here\n');
  });
});
