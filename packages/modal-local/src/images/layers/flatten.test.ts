import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layerPath, newLayerId } from '../overlay/layout.js';
import { flattened, merged, TALL } from './flatten.js';

let state: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'modal-local-flatten-'));
  for (const name of ['l/empty', 'm']) mkdirSync(join(state, name), { recursive: true });
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

function sh(script: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-euc', script, 'sh', ...args], { cwd: join(state, 'l'), encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Changes made on the mounted stack become a layer, as in a sandbox. */
function layerOn(layers: readonly string[], script: string): string {
  const layer = newLayerId();
  const lower = layers.toReversed();
  if (lower.length === 0) {
    sh('mkdir "$1"; cd "$1"; eval "$2"', layerPath(state, layer), script);
    return layer;
  }
  sh('mkdir -p "$2" "$3/w" "$3/m"; mount -t overlay -o "lowerdir=$1,upperdir=$2,workdir=$3/w" overlay "$3/m"; (cd "$3/m"; eval "$4"); umount "$3/m"; rm -rf "$3"', lower.join(':'), layerPath(state, layer), join(state, 't'), script);
  return layer;
}

/** Every file with its type, mode, link and content. */
function shown(layers: readonly string[]): string {
  const script = 'mount -t overlay -o "lowerdir=$1" overlay ../m; cd ../m; find . -printf "%p %y %m %l\\n" | sort; find . -type f | sort | xargs -r tail -n +1';
  return sh(script, [...layers.toReversed(), 'empty'].join(':'));
}

function stackOf(scripts: readonly string[]): string[] {
  const layers: string[] = [];
  for (const script of scripts) layers.push(layerOn(layers, script));
  return layers;
}

const HISTORY = [
  'mkdir -p d/sub keep gone; echo 1 > d/a; echo 1 > d/sub/b; echo 1 > keep/k; echo 1 > gone/g; echo 1 > f; echo 1 > x; chmod 711 d',
  'echo 2 > d/a; rm d/sub/b; rm -r gone; ln -s keep l',
  'rm -r d; mkdir d; echo 3 > d/c; rm f; mkdir f; echo 3 > f/in',
  'mkdir gone; echo 4 > gone/new; rm l; echo 4 > l; rm x; ln d/c hard',
  'rm -r f; echo 5 > f; mkdir -p keep/deep/er; chmod 700 keep; touch x; rm x',
];

describe('merged layers', () => {
  it.each([0, 1, 2, 3])('show what the stack showed, on top of %i layers that stay', async (kept) => {
    const layers = stackOf(HISTORY);
    expect(shown([...layers.slice(0, kept), await merged(state, layers.slice(kept))])).toBe(shown(layers));
  });
});

describe('a tall stack', () => {
  it('becomes low, and shows the same', async () => {
    const layers = stackOf(Array.from({ length: TALL + 1 }, (_, index) => `echo ${index} > f${index % 7}; rm -f f${(index + 3) % 7}`));
    const low = await flattened(state, layers);
    expect(low.length).toBeLessThan(TALL / 2);
    expect(shown(low)).toBe(shown(layers));
    expect(readdirSync(join(state, 'l')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is left alone while it is not', async () => {
    const layers = ['a', 'b'];
    expect(await flattened(state, layers)).toBe(layers);
  });
});
