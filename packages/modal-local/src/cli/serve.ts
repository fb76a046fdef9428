// modal-local serve: an engine until Ctrl-C.

import { environmentOf } from '../client-environment.js';
import { launchEngine } from '../launch.js';
import type { LaunchedEngine } from '../launched-engine.js';
import { ENGINE_OPTIONS, ENGINE_OPTIONS_HELP, toLaunchOptions } from './engine-options.js';
import { parseOptions } from './options.js';

const HELP = `Usage: modal-local serve [options]

Runs an engine until Ctrl-C or SIGTERM and prints how to reach it. SIGUSR2 resets it: every sandbox
ends and all that was named is forgotten; images, URL and token stay.

  --json            print one line of JSON instead of text
${ENGINE_OPTIONS_HELP}`;

export async function run(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { ...ENGINE_OPTIONS, json: { type: 'boolean' } });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const asked = stopSignal();
  const engine = await launchEngine(toLaunchOptions(values), values);
  process.on('SIGUSR2', () => void reset(engine));
  console.log(values.json ? JSON.stringify(facts(engine)) : greeting(engine));
  // The engine's process does not keep this one alive; this does.
  const alive = setInterval(() => undefined, 0x7fff_ffff);
  const ended = engine.ended.then(() => 'ended' as const);
  const reason = await Promise.race([asked, ended]);
  clearInterval(alive);
  if (reason === 'ended') {
    console.error('modal-local serve: the engine has ended unexpectedly; what it wrote above says why.');
    return 1;
  }
  await engine.stop();
  return 0;
}

async function reset(engine: LaunchedEngine): Promise<void> {
  try {
    await engine.perform({ name: 'reset' });
    console.error('modal-local serve: the engine has been reset.');
  } catch (error) {
    console.error(`modal-local serve: the engine could not be reset: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function stopSignal(): Promise<'asked'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('asked'));
  });
}

function facts(engine: LaunchedEngine) {
  const url = `http://127.0.0.1:${engine.port}`;
  return { url, ...engine.credentials, env: environmentOf(engine), stateDir: engine.stateDir, pid: process.pid, warnings: engine.warnings };
}

function greeting(engine: LaunchedEngine): string {
  const exports = Object.entries(environmentOf(engine)).map(([name, value]) => `  export ${name}=${value}`);
  const warnings = engine.warnings.map((warning) => `Warning: ${warning}`);
  return [
    `Modal's sandbox API on http://127.0.0.1:${engine.port}`,
    '',
    'In the shell of your program:',
    ...exports,
    '',
    `State directory: ${engine.stateDir}`,
    ...warnings,
    'Stop with Ctrl-C.',
  ].join('\n');
}
