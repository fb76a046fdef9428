// modal-local prune: deletes what nobody can want any more.

import { imageStorage } from '../local-image-storage.js';
import { defaultStateDirectory, openStateDirectory } from '../store/state-directory.js';
import { OBJECT_OPTIONS, openObjects } from './object-options.js';
import { parseOptions } from './options.js';
import { UsageError } from './usage-error.js';

const HELP = `Usage: modal-local prune [options]

Deletes ephemeral secrets, queues and volumes whose time is over, and the results of sandboxes that
ended a week ago (a running engine does it by itself); images and build steps that were not used for
long, and the layers and downloads that only they needed. What a running sandbox uses is kept.

  --unused-for DAYS  delete images that no sandbox has started from for so long (default: 30)
  --max-size GB      delete the longest unused images until the others fit
  --named            also images that have a name or an alias
  --state-dir DIR    the engine's state directory
                     (default: $XDG_STATE_HOME/modal-local or ~/.local/state/modal-local)
  --json             print JSON`;

const { json, help, 'state-dir': stateDir } = OBJECT_OPTIONS;
const OPTIONS = { json, help, 'state-dir': stateDir, 'unused-for': { type: 'string' }, 'max-size': { type: 'string' }, named: { type: 'boolean' } } as const;
const DAY = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 30;

export async function run(args: string[]): Promise<number> {
  const { values } = parseOptions(args, OPTIONS);
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const unusedForMs = amount('--unused-for', values['unused-for'] ?? String(DEFAULT_DAYS)) * DAY;
  const maxSize = values['max-size'];
  const { root } = openStateDirectory(values['state-dir'] ?? defaultStateDirectory());
  using objects = openObjects(values);
  const pruned = await objects.prune();
  const { images, layers, bytes } = await objects.pruneImages(imageStorage(root), {
    now: Date.now(),
    unusedForMs,
    ...(maxSize === undefined ? {} : { maxBytes: amount('--max-size', maxSize) * 1e9 }),
    named: values.named ?? false,
  });
  const counts = Object.entries({ ...pruned, images, layers }).map(([kind, count]) => `${count} ${kind}`);
  console.log(values.json ? JSON.stringify({ ...pruned, images, layers, bytes }) : `Deleted ${counts.join(', ')} (${(bytes / 1e6).toFixed(1)} MB).`);
  return 0;
}

function amount(option: string, text: string): number {
  const number = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw new UsageError(`${option} takes a number, got '${text}'`);
  return number;
}
