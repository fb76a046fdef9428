// Every action of the protocol by its name.

import type { Action } from './action.js';
import * as execution from './execution.js';
import * as files from './files.js';
import * as lifecycle from './lifecycle.js';
import * as snapshots from './snapshots.js';
import * as templates from './templates.js';

export const actions = {
  'compute.sandbox.create': lifecycle.create,
  'compute.sandbox.getOrCreate': lifecycle.getOrCreate,
  'compute.sandbox.getById': lifecycle.getById,
  'compute.sandbox.list': lifecycle.list,
  'compute.sandbox.destroy': lifecycle.destroy,
  'compute.sandbox.kill': lifecycle.destroy,
  'compute.sandbox.getInfo': lifecycle.getInfo,
  'compute.sandbox.getUrl': lifecycle.getUrl,
  'compute.sandbox.runCode': execution.runCode,
  'compute.sandbox.runCommand': execution.runCommand,
  'compute.sandbox.filesystem.readFile': files.readFile,
  'compute.sandbox.filesystem.writeFile': files.writeFile,
  'compute.sandbox.filesystem.mkdir': files.mkdir,
  'compute.sandbox.filesystem.readdir': files.readdir,
  'compute.sandbox.filesystem.stat': files.stat,
  'compute.sandbox.filesystem.exists': files.exists,
  'compute.sandbox.filesystem.remove': files.remove,
  'compute.snapshot.create': snapshots.create,
  'compute.snapshot.list': snapshots.list,
  'compute.snapshot.delete': snapshots.remove,
  'compute.template.create': templates.create,
  'compute.template.list': templates.list,
  'compute.template.delete': templates.remove,
} satisfies Record<string, Action>;

/** Name of an action. */
export type ComputeAction = keyof typeof actions;

export function isActionName(name: string): name is ComputeAction {
  return Object.hasOwn(actions, name);
}
