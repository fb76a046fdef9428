// modal-local prune: deletes what nobody can want any more.

import { OBJECT_OPTIONS, openObjects } from './object-options.js';
import { parseOptions } from './options.js';

const HELP = `Usage: modal-local prune [options]

Deletes ephemeral secrets, queues and volumes whose time is over, and the results of sandboxes that
ended a week ago. A running engine does it by itself.

  --state-dir DIR   the engine's state directory
                    (default: $XDG_STATE_HOME/modal-local or ~/.local/state/modal-local)
  --json            print JSON`;

const { json, help, 'state-dir': stateDir } = OBJECT_OPTIONS;

export async function run(args: string[]): Promise<number> {
  const { values } = parseOptions(args, { json, help, 'state-dir': stateDir });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  using objects = openObjects(values);
  const pruned = await objects.prune();
  const counts = Object.entries(pruned).map(([kind, count]) => `${count} ${kind}`);
  console.log(values.json ? JSON.stringify(pruned) : `Deleted ${counts.join(', ')}.`);
  return 0;
}
