import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { describe, expect, it, vi } from 'vitest';

import { launch, run, startTestAgent } from '../testing/start-test-agent.js';

/** A daemon as they are made: a session of its own, its parents gone, an empty environment, deaf to SIGTERM. */
const DAEMON = `setsid setsid env -i sh -c 'trap "" TERM HUP; echo $$; while :; do /bin/sleep 0.02; done' </dev/null & wait $! 2>/dev/null || true`;

const running = (pid: number): boolean =>
  existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

const pidIn = (text: string): number => Number(/\d+/.exec(text)?.[0]);

describe('the tree of an exec', () => {
  it('is killed whole when its time is up, daemons included, whoever they run as', async () => {
    await using agent = await startTestAgent();
    for (const user of ['', 'nobody']) {
      const { process, stdout } = await launch(agent, ['sh', '-c', `(${DAEMON}) & sleep 100`], { timeoutMs: 400, user });
      expect(await process.exited).toEqual({ kind: 'signaled', signal: 9, timedOut: true });
      await stdout.ended;
      expect(pidIn(stdout.text)).toBeGreaterThan(1);
      await expect.poll(() => running(pidIn(stdout.text))).toBe(false);
    }
  });

  it('is killed by a signal, and no other exec with it', async () => {
    await using agent = await startTestAgent();
    const bystander = await launch(agent, ['sleep', '100']);
    const { process, stdout } = await launch(agent, ['sh', '-c', `(${DAEMON}) & sleep 100`]);
    await stdout.until(/\d+\n/);
    process.signal(9);
    expect(await process.exited).toEqual({ kind: 'signaled', signal: 9, timedOut: false });
    await expect.poll(() => running(pidIn(stdout.text))).toBe(false);
    expect(running(bystander.process.pid)).toBe(true);
  });

  it('hears other signals, and may handle them', async () => {
    await using agent = await startTestAgent();
    const { process, stdout } = await launch(agent, ['sh', '-c', 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.02; done']);
    await stdout.until(/ready/);
    process.signal(15);
    expect(await process.exited).toEqual({ kind: 'exited', code: 3 });
    expect(() => process.signal(0)).toThrow(/from 1 to 64/);
  });

  it('is killed although it forks as fast as it can', async () => {
    await using agent = await startTestAgent();
    const bomb = 'ulimit -u 300 || exit; f() { for i in 1 2 3; do (f; sleep 5) & done; }; f; sleep 100';
    const { process, stdout } = await launch(agent, ['bash', '-c', bomb], { timeoutMs: 300, user: '12321', stderr: 'null' });
    expect(await process.exited).toMatchObject({ timedOut: true });
    await stdout.ended;
    const left = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && ownerOf(name) === '12321');
    await expect.poll(left).toEqual([]);
  });

  it('may leave a daemon behind, which neither blocks nor gets SIGPIPE', async () => {
    await using agent = await startTestAgent();
    const server = 'i=0; while [ $i -lt 400 ]; do head -c 1000 /dev/zero; i=$((i+1)); [ $i = 3 ] && sleep 0.5; done; exec sleep 100';
    const { exit, stdout } = await run(agent, ['sh', '-c', `sh -c '${server}' & echo $! >&2; echo started`], { stderr: 'pipe' });
    expect(exit).toEqual({ kind: 'exited', code: 0 });
    expect(stdout.replaceAll('\0', '')).toBe('started\n');
    // It wrote far more than a pipe holds after its output had been given up, and went on.
    await vi.waitFor(
      () => {
        const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name) === 'sleep 100 ' && parentOf(name) === agent.pid);
        expect(own).toHaveLength(1);
      },
      { timeout: 30_000 },
    );
  });
});

describe('PID 1', () => {
  it('reaps what it adopts, shows nothing of itself, and ends everything with itself', async () => {
    const agent = await startTestAgent({ asPid1: true });
    const orphans = 'orphans=$(for i in 1 2 3 4 5; do (sh -c "echo \\$\\$" &) ; done)';
    const adopted = await run(agent, ['sh', '-c', `${orphans}; for pid in $orphans; do while [ -e /proc/$pid ]; do sleep 0.01; done; done; echo $orphans | wc -w`]);
    expect(adopted.stdout).toBe('5\n');
    const spied = await run(agent, ['sh', '-c', 'for f in environ maps fd/3 mem; do cat /proc/1/$f; done; ls /proc/1/fd'], { user: 'nobody' });
    expect(spied.stdout).toBe('');
    expect(spied.stderr).toMatch(/Permission denied/);
    await run(agent, ['sh', '-c', 'kill -TERM 1; kill -KILL 1; kill -HUP 1']);

    const { stdout } = await launch(agent, ['sh', '-c', 'readlink /proc/self/ns/pid; exec sleep 100']);
    await stdout.until(/pid:/);
    const inside = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name) && namespaceOf(name) === stdout.text.trim());
    expect(inside().length).toBeGreaterThan(1);
    await agent[Symbol.asyncDispose]();
    await expect.poll(inside).toEqual([]);
    expect(agent.complaints()).toBe('');
  });
});

/** Processes come and go while they are looked at. */
function unlessGone(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}

const read = (pid: string, file: string): string => unlessGone(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
const namespaceOf = (pid: string): string => unlessGone(() => readlinkSync(`/proc/${pid}/ns/pid`));
const commandOf = (pid: string): string => read(pid, 'cmdline').replaceAll('\0', ' ');
const parentOf = (pid: string): number => Number(/PPid:\s+(\d+)/.exec(read(pid, 'status'))?.[1]);
const ownerOf = (pid: string): string | undefined => /Uid:\s+(\d+)/.exec(read(pid, 'status'))?.[1];
