// `modal-local doctor`: what this host can do, and the commands that repair what it cannot.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type HostReport, inspectHost } from '../runtime/host/report.js';
import { cgroupMode } from '../runtime/host/cgroups.js';
import { prepareMountNamespace } from '../runtime/host/mount-namespace.js';

const USAGE = 'usage: modal-local doctor [--state-dir DIR] [--json]';
const MARKS = { ok: 'ok     ', limited: 'limited', missing: 'MISSING' } as const;
/** Set in the second process, which looks at the host from where an engine would. */
const INSIDE = 'MODAL_LOCAL_DOCTOR_INSIDE';

/** Exit code 0 when sandboxes can run here, 1 when they cannot, 2 for a wrong option. */
export async function run(args: string[]): Promise<number> {
  let values: { json: boolean; 'state-dir'?: string | undefined };
  try {
    ({ values } = parseArgs({ args, options: { json: { type: 'boolean', default: false }, 'state-dir': { type: 'string' } } }));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
  const root = process.getuid?.() === 0;
  if (root && process.env[INSIDE] === undefined) return await runInside(args);
  if (root && cgroupMode() !== 'none') await prepareMountNamespace();
  const report = await inspectHost({ stateDir: values['state-dir'] });
  console.log(values.json ? JSON.stringify(report, undefined, 2) : describe(report));
  return report.ready ? 0 : 1;
}

/** The report as people read it; lines that start with `FIX:` hold what to do. */
export function describe(report: HostReport): string {
  const width = Math.max(...report.findings.map(({ subject }) => subject.length));
  const lines = report.findings.map(({ subject, level, fact }) => `${MARKS[level]}  ${subject.padEnd(width)}  ${fact}`);
  const fixes = [...new Set(report.findings.flatMap(({ fix }) => (fix === undefined ? [] : [`FIX: ${fix}`])))];
  const verdict = report.ready ? `Sandboxes can run here, on ${report.runtime}.` : 'Sandboxes cannot run here yet.';
  return [...lines, '', ...report.weaknesses.map((weakness) => `note: ${weakness}`), '', ...fixes, verdict].join('\n');
}

async function runInside(args: string[]): Promise<number> {
  const script = process.argv[1];
  if (script === undefined) throw new Error('cannot tell which program to run again');
  return await new Promise((resolve, reject) => {
    const child = spawn('unshare', ['--mount', '--propagation', 'private', process.execPath, script, 'doctor', ...args], {
      stdio: 'inherit',
      env: { ...process.env, [INSIDE]: '1' },
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
