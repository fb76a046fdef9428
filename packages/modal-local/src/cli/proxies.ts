// modal-local proxies: names for `proxies.fromName` to find.

import type { NamedObjects } from '../engine/objects.js';
import { OBJECT_OPTIONS, OBJECT_OPTIONS_HELP, environmentFor, isoTime, openObjects } from './object-options.js';
import { parseOptions } from './options.js';
import { table } from './table.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: modal-local proxies add NAME [options]
       modal-local proxies list [options]
       modal-local proxies rm NAME [options]

On Modal a proxy is a static address for outgoing traffic. Here it is a name that programs can look up.
A missing environment is created.

${OBJECT_OPTIONS_HELP}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OBJECT_OPTIONS, { positionals: true });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const action = toAction(positionals, values.environment, values.json ?? false);
  using objects = openObjects(values);
  console.log(action(objects));
  return 0;
}

type Action = (objects: NamedObjects) => string;

function toAction(positionals: readonly string[], environment: string | undefined, json: boolean): Action {
  const [verb, name, ...rest] = positionals;
  switch (verb) {
    case 'add':
    case 'rm':
      if (name === undefined || rest.length > 0) throw new UsageError(`proxies ${verb} takes one NAME`);
      return (objects) => (verb === 'add' ? add(objects, name, environment) : remove(objects, name, environment ?? ''));
    case 'list':
      if (name !== undefined) throw new UsageError(`proxies list takes no arguments, got '${name}'`);
      return (objects) => list(objects, environment ?? '', json);
    default:
      throw new UsageError(`proxies takes add, list or rm${verb === undefined ? '' : `, got '${verb}'`}`);
  }
}

function add(objects: NamedObjects, name: string, environment: string | undefined): string {
  const proxy = objects.proxies.add(name, environmentFor(objects, environment));
  return `Proxy '${name}' in environment '${proxy.environmentName}' is ${proxy.id}.`;
}

function list(objects: NamedObjects, environmentName: string, json: boolean): string {
  const proxies = objects.proxies.list(environmentName);
  if (json) {
    return JSON.stringify(proxies.map(({ id, name, environmentName: environment, createdAt }) => ({ id, name, environmentName: environment, createdAt: isoTime(createdAt) })));
  }
  return table(['NAME', 'ID', 'CREATED'], proxies.map(({ name, id, createdAt }) => [name, id, isoTime(createdAt)]));
}

function remove(objects: NamedObjects, name: string, environmentName: string): string {
  objects.proxies.delete(objects.proxies.byName(name, environmentName).id);
  return `Proxy '${name}' is gone.`;
}
