import { expect, it } from 'vitest';

import type { AgentConnection } from '../../runtime/agent/connection.js';
import { AgentError } from '../../runtime/agent/errors.js';
import { FakeContainer } from '../testing/fake-drivers.js';
import { Readiness, type ReadinessProbe } from './readiness.js';

const exec: ReadinessProbe = { kind: 'exec', argv: ['true'], intervalMs: 1 };
const tcp: ReadinessProbe = { kind: 'tcp', port: 80, intervalMs: 1 };

function probing(probe: ReadinessProbe, change: Partial<AgentConnection>) {
  const { agent } = new FakeContainer({ id: 'one', hostname: 'one', rootfs: '/', mounts: [], limits: { memoryBytes: 1, cpuCores: 1, pids: 1 } });
  const ending = new AbortController();
  const spec = (argv: readonly string[]) => ({ argv, env: {}, cwd: '/', stdin: 'null', stdout: 'null', stderr: 'null' }) as const;
  return { end: () => ending.abort(), readiness: new Readiness({ probe, spec, agent: Object.assign(agent, change), now: () => 42, ended: ending.signal }) };
}

it('tells who waits that a probe cannot be run', async () => {
  const { readiness } = probing(exec, { start: () => Promise.reject(new AgentError('INVALID_ARGUMENT', 'arguments and environment take too much.')) });
  await expect(readiness.wait(10_000)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: 'The readiness probe cannot be run: arguments and environment take too much.' });
});

it.each([
  ['start', exec],
  ['dial', tcp],
] as const)('tells who waits of a defect in %s', async (method, probe) => {
  const { readiness } = probing(probe, { [method]: () => Promise.reject(new TypeError('a defect')) });
  await expect(readiness.wait(10_000)).rejects.toThrow('a defect');
});

it('tries a port again that nothing listens on, until the sandbox ends', async () => {
  let tries = 0;
  const { readiness, end } = probing(tcp, {
    dial: () => {
      tries += 1;
      if (tries === 3) end();
      return Promise.reject(new AgentError(tries === 1 ? 'ECONNREFUSED' : 'CONNECTION_FAILED', 'nothing listens'));
    },
  });
  await expect(readiness.wait(10_000)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: 'The sandbox ended before it was ready' });
  expect(tries).toBe(3);
});

it('ends with a sandbox whose agent has gone', async () => {
  const { readiness, end } = probing(exec, {
    start: async () => {
      await Promise.resolve();
      end();
      throw new AgentError('AGENT_GONE', 'gone');
    },
  });
  await expect(readiness.wait(10_000)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
});
