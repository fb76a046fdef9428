// modal-local exec: a program with an engine of its own, which goes when the program does.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { environmentOf } from '../client-environment.js';
import { launchEngine } from '../launch.js';
import { ENGINE_OPTIONS, ENGINE_OPTIONS_HELP, toLaunchOptions } from './engine-options.js';
import { parseOptions } from './options.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: modal-local exec [options] -- COMMAND [ARGUMENT…]

Starts an engine, runs COMMAND with MODAL_SERVER_URL, MODAL_TOKEN_ID and MODAL_TOKEN_SECRET set, and
with NODE_EXTRA_CA_CERTS, so that Node trusts the https tunnels of its sandboxes; stops the engine and
exits with COMMAND's code.

${ENGINE_OPTIONS_HELP}`;

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

export async function run(args: string[]): Promise<number> {
  const separator = args.indexOf('--');
  const { values, positionals } = parseOptions(separator === -1 ? args : args.slice(0, separator), ENGINE_OPTIONS, { positionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [program, ...rest] = separator === -1 ? [] : args.slice(separator + 1);
  if (positionals.length > 0) throw new UsageError(`-- belongs before the command: modal-local exec [options] -- ${positionals.join(' ')}`);
  if (program === undefined) throw new UsageError('a command is needed after --: modal-local exec -- node program.mjs');

  // From now on a Ctrl-C is the program's to answer; the terminal sends it to both.
  let running: ReturnType<typeof spawn> | undefined;
  let interrupted = false;
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      interrupted = true;
      if (signal !== 'SIGINT' || !process.stdin.isTTY) running?.kill(signal);
    });
  }
  await using engine = await launchEngine(toLaunchOptions(values), values);
  for (const warning of engine.warnings) console.error(`modal-local: ${warning}`);
  if (interrupted) return 130;
  const child = (running = spawn(program, rest, { stdio: 'inherit', env: { ...process.env, ...environmentOf(engine) } }));
  return await exitCode(child, program);
}

function exitCode(child: ReturnType<typeof spawn>, program: string): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      console.error(`modal-local exec: ${program} cannot be started: ${error.message}`);
      resolve(error.code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}
