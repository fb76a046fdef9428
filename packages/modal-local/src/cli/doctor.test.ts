import { expect, test } from 'vitest';
import { describe as describeReport } from './doctor.js';

test('a report names every repair once, on a line of its own, and says whether sandboxes can run', () => {
  const text = describeReport({
    ready: false,
    runtime: undefined,
    findings: [
      { subject: 'kernel', level: 'ok', fact: 'Linux' },
      { subject: 'OCI runtime', level: 'missing', fact: 'none', fix: 'apt-get install -y crun' },
      { subject: 'crun', level: 'missing', fact: 'none', fix: 'apt-get install -y crun' },
    ],
    weaknesses: ['shared kernel'],
  });
  const lines = text.split('\n');
  expect(lines[0]).toBe('ok       kernel       Linux');
  expect(lines.filter((line) => line.startsWith('FIX: '))).toEqual(['FIX: apt-get install -y crun']);
  expect(lines).toContain('note: shared kernel');
  expect(lines.at(-1)).toBe('Sandboxes cannot run here yet.');
});
