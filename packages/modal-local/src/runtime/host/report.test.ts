import { beforeAll, expect, test } from 'vitest';
import { tmpdir } from 'node:os';
import { type HostReport, inspectHost } from './report.js';
import { openTestHost } from '../testing/test-host.js';

let report: HostReport;

beforeAll(async () => {
  // The same place from which an engine looks.
  await (await openTestHost())[Symbol.asyncDispose]();
  report = await inspectHost({ stateDir: tmpdir() });
});

test('the host on which these tests run is found fit, by probes', () => {
  expect(report.ready).toBe(true);
  expect(['crun', 'runc']).toContain(report.runtime);
  const subjects = report.findings.filter(({ level }) => level === 'ok').map(({ subject }) => subject);
  expect(subjects).toEqual(expect.arrayContaining(['kernel', 'user', 'control groups', 'user namespaces', 'overlay']));
});

test('what is less than ok comes with a repair or a reason', () => {
  for (const { level, fix, fact } of report.findings) if (level !== 'ok') expect(fix ?? fact).not.toBe('');
  expect(report.weaknesses.join(' ')).toContain('share the host kernel');
});
