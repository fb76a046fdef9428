// modal-local proxies: names for `proxies.fromName` to find.

import type { NamedObjects } from '../engine/objects.js';
import { OBJECT_OPTIONS_HELP, environmentFor, isoTime } from './object-options.js';
import { runObjectVerbs, type Action, type ObjectVerbs } from './object-verbs.js';
import { table } from './table.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: modal-local proxies add NAME [options]
       modal-local proxies list [options]
       modal-local proxies rm NAME [options]

On Modal a proxy is a static address for outgoing traffic. Here it is a name that programs can look up.
A missing environment is created.

${OBJECT_OPTIONS_HELP}`;

const VERBS: ObjectVerbs = { command: 'proxies', help: HELP, make: { verb: 'add', action: toAdd }, list, remove };

export const run = (args: string[]): Promise<number> => runObjectVerbs(VERBS, args);

function toAdd([name, ...rest]: readonly string[], environment: string | undefined): Action {
  if (name === undefined || rest.length > 0) throw new UsageError('proxies add takes one NAME');
  return (objects) => {
    const proxy = objects.proxies.add(name, environmentFor(objects, environment));
    return `Proxy '${name}' in environment '${proxy.environmentName}' is ${proxy.id}.`;
  };
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
