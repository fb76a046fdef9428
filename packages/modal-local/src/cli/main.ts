// The command line: finds the verb, runs it, exits with its code.

import { createRequire } from 'node:module';

import { UsageError } from './usage-error.js';
import { nearest } from '../nearest.js';

interface Verb {
  summary: string;
  load(): Promise<{ run(args: string[]): Promise<number> }>;
}

const VERBS: Record<string, Verb> = {
  serve: { summary: 'run an engine until Ctrl-C', load: () => import('./serve.js') },
  exec: { summary: 'run a program under an engine of its own', load: () => import('./exec.js') },
  doctor: { summary: 'what this machine can do, and what to repair', load: () => import('./doctor.js') },
  secrets: { summary: 'set, list or remove named secrets', load: () => import('./secrets.js') },
  images: { summary: 'list, pull, import, export, name or remove images', load: () => import('./images.js') },
  proxies: { summary: 'add, list or remove proxies', load: () => import('./proxies.js') },
  prune: { summary: 'delete what has expired', load: () => import('./prune.js') },
};

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(usage());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    console.log(version());
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) {
    const suggestion = nearest(name, Object.keys(VERBS));
    console.error(`modal-local: unknown command '${name}'${suggestion === undefined ? '' : `; did you mean '${suggestion}'?`}\n\n${usage()}`);
    return 2;
  }
  try {
    return await (await verb.load()).run(args);
  } catch (error) {
    console.error(`modal-local ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Of the package that `dist/` is in. */
function version(): string {
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}

function usage(): string {
  const lines = Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return ["Usage: modal-local COMMAND [options]", '', ...lines, '', 'modal-local COMMAND --help tells more; modal-local --version says which this is.'].join('\n');
}
