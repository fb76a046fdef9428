// `modal-local doctor`: what this host can do, and the commands that repair what it cannot.

import { spawn } from 'node:child_process';

import { cgroupMode } from '../runtime/host/cgroups.js';
import { prepareMountNamespace } from '../runtime/host/mount-namespace.js';
import { type HostReport, inspectHost } from '../runtime/host/report.js';
import { defaultStateDirectory } from '../store/state-directory.js';
import { parseOptions } from './options.js';

const HELP = `Usage: modal-local doctor [options]

Looks at this machine as an engine would, runs a container under each OCI runtime, and says what is missing. Lines that
start with FIX: are what to do. Exits with 0 when sandboxes can run here. Changes nothing, but remembers in /run/modal-local
which runtimes work.

  --state-dir DIR   where the engine would keep its state
                    (default: $XDG_STATE_HOME/modal-local or ~/.local/state/modal-local)
  --json            print the report as JSON`;

const MARKS = { ok: 'ok     ', limited: 'limited', missing: 'MISSING' } as const;
/** Set in the second process, which looks at the machine from where an engine would. */
const INSIDE = 'MODAL_LOCAL_DOCTOR_INSIDE';

/** Exit code 0 when sandboxes can run here, 1 when they cannot. */
export async function run(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { json: { type: 'boolean' }, 'state-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (process.getuid?.() === 0) {
    if (process.env[INSIDE] === undefined) return await runInside(args);
    if (cgroupMode() !== 'none') await prepareMountNamespace();
  }
  const report = await inspectHost({ stateDir: values['state-dir'] ?? defaultStateDirectory() });
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
