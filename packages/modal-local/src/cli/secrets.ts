// modal-local secrets: named secrets for engines that run, or will run, on a state directory. Values are never shown.

import type { NamedObjects } from '../engine/objects.js';
import { OBJECT_OPTIONS_HELP, environmentFor, isoTime } from './object-options.js';
import { runObjectVerbs, type Action, type ObjectVerbs } from './object-verbs.js';
import { table } from './table.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: modal-local secrets set NAME KEY=VALUE… [options]
       modal-local secrets list [options]
       modal-local secrets rm NAME [options]

set replaces the whole secret. KEY alone takes the value of this shell's variable, which keeps it
out of the process list. A missing environment is created.

${OBJECT_OPTIONS_HELP}`;

const VERBS: ObjectVerbs = { command: 'secrets', help: HELP, make: { verb: 'set', action: toSet }, list, remove };

export const run = (args: string[]): Promise<number> => runObjectVerbs(VERBS, args);

function toSet([name, ...assignments]: readonly string[], environment: string | undefined): Action {
  if (name === undefined || assignments.length === 0) throw new UsageError('secrets set takes a NAME and at least one KEY=VALUE');
  const env = Object.fromEntries(assignments.map(toVariable));
  return (objects) => {
    const environmentName = environmentFor(objects, environment);
    const secret = objects.secrets.getOrCreate({ name, environmentName, creation: 'create-overwrite-if-exists', env, requiredKeys: [] });
    return `Secret '${name}' in environment '${environmentName}' holds ${secret.keys.join(', ')}.`;
  };
}

function list(objects: NamedObjects, environmentName: string, json: boolean): string {
  const secrets = objects.secrets.list(environmentName);
  if (json) return JSON.stringify(secrets.map(({ createdAt, ...secret }) => ({ ...secret, createdAt: isoTime(createdAt) })));
  return table(['NAME', 'KEYS', 'CREATED'], secrets.map(({ name, keys, createdAt }) => [name, keys.join(','), isoTime(createdAt)]));
}

function remove(objects: NamedObjects, name: string, environmentName: string): string {
  const { id } = objects.secrets.getOrCreate({ name, environmentName, creation: 'lookup', env: {}, requiredKeys: [] });
  objects.secrets.delete(id);
  return `Secret '${name}' is gone.`;
}

function toVariable(assignment: string): [string, string] {
  const equals = assignment.indexOf('=');
  if (equals >= 0) return [assignment.slice(0, equals), assignment.slice(equals + 1)];
  const value = process.env[assignment];
  if (value === undefined) throw new UsageError(`'${assignment}' is neither KEY=VALUE nor a variable of this shell`);
  return [assignment, value];
}
