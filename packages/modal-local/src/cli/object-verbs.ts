// The shape that the commands for named objects share: one verb that makes one, `list` and `rm`.

import type { NamedObjects } from '../engine/objects.js';
import { OBJECT_OPTIONS, openObjects } from './object-options.js';
import { parseOptions } from './options.js';
import { UsageError } from './usage-error.js';

/** Returns what to print. */
export type Action = (objects: NamedObjects) => string;

export interface ObjectVerbs {
  /** As typed: `secrets`. */
  command: string;
  help: string;
  /** `environment` is undefined when none is named. */
  make: { verb: string; action(args: readonly string[], environment: string | undefined): Action };
  /** `environmentName` is empty for the default one. */
  list(objects: NamedObjects, environmentName: string, json: boolean): string;
  remove(objects: NamedObjects, name: string, environmentName: string): string;
}

export async function runObjectVerbs(verbs: ObjectVerbs, args: string[]): Promise<number> {
  const { values, positionals } = parseOptions(args, OBJECT_OPTIONS, { positionals: true });
  if (values.help) {
    console.log(verbs.help);
    return 0;
  }
  const action = toAction(verbs, positionals, values);
  using objects = openObjects(values);
  console.log(action(objects));
  return 0;
}

function toAction({ command, make, list, remove }: ObjectVerbs, positionals: readonly string[], values: { environment?: string | undefined; json?: boolean | undefined }): Action {
  const { environment, json = false } = values;
  const [verb, ...args] = positionals;
  const [name, ...rest] = args;
  switch (verb) {
    case make.verb:
      return make.action(args, environment);
    case 'list':
      if (name !== undefined) throw new UsageError(`${command} list takes no arguments, got '${args.join(' ')}'`);
      return (objects) => list(objects, environment ?? '', json);
    case 'rm':
      if (name === undefined || rest.length > 0) throw new UsageError(`${command} rm takes one NAME`);
      return (objects) => remove(objects, name, environment ?? '');
    default:
      throw new UsageError(`${command} takes ${make.verb}, list or rm${verb === undefined ? '' : `, got '${verb}'`}`);
  }
}
