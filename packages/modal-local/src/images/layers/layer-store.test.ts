import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ROOT_UID } from '../../runtime/driver.js';
import { layerPath } from '../overlay/layout.js';
import { fixtureArchive, fixtureLayer, type FixtureEntry } from '../testing/archive-fixture.js';
import type { LayerErrorCode } from './layer-error.js';
import { DEFAULT_LAYER_LIMITS } from './layer-limits.js';
import { LayerStore } from './layer-store.js';

let state: string;
let store: LayerStore;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'modal-local-layers-'));
  store = new LayerStore(state);
  await store.open();
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

function blob(content: Buffer, name = 'blob'): string {
  const path = join(state, name);
  writeFileSync(path, content);
  return path;
}

async function unpack(entries: readonly FixtureEntry[]): Promise<string> {
  const { layerId } = await store.unpack({ blob: blob(fixtureLayer(entries)) });
  return layerPath(state, layerId);
}

function sh(script: string, ...args: string[]): string {
  const result = spawnSync('sh', ['-euc', script, 'sh', ...args], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

describe('a layer', () => {
  it('keeps content, modes and links, and shifts owners into the sandboxes’ range', async () => {
    const root = await unpack([
      { name: './', type: '5', mode: 0o755 },
      { name: 'bin/', type: '5', mode: 0o751, uid: 3, gid: 4 },
      { name: 'bin/tool', mode: 0o4755, uid: 1000, gid: 1001, content: 'hello' },
      { name: 'bin/same', type: '1', linkName: './bin/tool' },
      { name: 'bin/link', type: '2', linkName: '/etc/passwd' },
      { name: 'pipe', type: '6' },
    ]);
    const tool = statSync(join(root, 'bin/tool'));
    expect(readFileSync(join(root, 'bin/same'), 'utf8')).toBe('hello');
    expect([tool.mode & 0o7777, tool.uid, tool.gid, tool.nlink]).toEqual([0o4755, ROOT_UID + 1000, ROOT_UID + 1001, 2]);
    expect(statSync(join(root, 'bin/same')).ino).toBe(tool.ino);
    const bin = statSync(join(root, 'bin'));
    expect([bin.mode & 0o7777, bin.uid, bin.gid, bin.mtimeMs]).toEqual([0o751, ROOT_UID + 3, ROOT_UID + 4, 1_700_000_000_000]);
    expect(lstatSync(join(root, 'bin/link')).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(root, 'pipe')).isFIFO()).toBe(true);
    expect(statSync(root).uid).toBe(ROOT_UID);
  });

  it('may have names of 255 bytes, long paths, newlines and bytes that are no UTF-8', async () => {
    const long = `${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(255)}`;
    const raw = Buffer.from([0x61, 0xff, 0xfe, 0x62]).toString('latin1');
    const root = await unpack([{ name: long, content: 'deep' }, { name: 'a\nb' }, { name: raw, content: 'raw' }, { name: 'l', type: '2', linkName: 'x'.repeat(300) }]);
    expect(readFileSync(join(root, long), 'utf8')).toBe('deep');
    expect(readdirSync(root, { encoding: 'buffer' }).some((name) => name.equals(Buffer.from(raw, 'latin1')))).toBe(true);
    expect(existsSync(join(root, 'a\nb'))).toBe(true);
  });

  it('gives parents that the archive leaves out to the container’s root', async () => {
    const root = await unpack([{ name: 'opt/app/main.py', content: '1' }]);
    expect([statSync(join(root, 'opt')).uid, statSync(join(root, 'opt/app')).mode & 0o777]).toEqual([ROOT_UID, 0o755]);
  });

  it('turns whiteouts into what overlayfs understands', async () => {
    const lower = await unpack([
      { name: 'gone', content: 'x' },
      { name: 'kept', content: 'x' },
      { name: 'dir/old', content: 'x' },
      { name: 'swapped/old', content: 'x' },
    ]);
    const upper = await unpack([
      { name: '.wh.gone' },
      { name: 'dir/', type: '5' },
      { name: 'dir/.wh..wh..opq' },
      { name: 'dir/new', content: 'y' },
      { name: 'swapped/', type: '5' },
      { name: 'swapped/new', content: 'y' },
      { name: '.wh.swapped' },
      { name: '.wh..wh.plnk' },
    ]);
    const whiteout = lstatSync(join(upper, 'gone'));
    expect([whiteout.isCharacterDevice(), whiteout.rdev]).toEqual([true, 0]);
    const seen = sh('mkdir "$3"; unshare -m sh -euc "mount -t overlay -o lowerdir=$2:$1 overlay $3; cd $3; find . -type f | sort"', lower, upper, join(state, 'm'));
    expect(seen.trim().split('\n')).toEqual(['./dir/new', './kept', './swapped/new']);
  });

  it('keeps sparse files sparse and user attributes, and drops file capabilities', async () => {
    const source = join(state, 'source');
    mkdirSync(source);
    sh('truncate -s 64M "$1/big"; printf end >> "$1/big"; tar -C "$1" -c --sparse --format=gnu . > "$2"; tar -C "$1" -c --sparse --format=posix . > "$3"', source, join(state, 'gnu'), join(state, 'posix'));
    for (const form of ['gnu', 'posix']) {
      const { layerId } = await store.unpack({ blob: join(state, form) });
      const big = statSync(join(layerPath(state, layerId), 'big'));
      expect([big.size, big.blocks < 100]).toEqual([64 * 1024 * 1024 + 3, true]);
    }
    const root = await unpack([
      { name: 'f', content: 'x', pax: [['SCHILY.xattr.user.note', Buffer.from('kept')], ['SCHILY.xattr.security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')]] },
    ]);
    const attributes = sh('tar -C "$1" --xattrs --xattrs-include="*" -c f | tr "\\n" "+"', root);
    expect(attributes).toContain('SCHILY.xattr.user.note=kept');
    expect(attributes).not.toContain('security.capability');
  });

  it('is read from gzip, zstd and plain archives alike, and unpacked once for each content', async () => {
    const archive = fixtureArchive([{ name: 'f', content: 'x'.repeat(100_000) }]);
    const plain = blob(archive, 'plain');
    sh('zstd -q "$1"', plain);
    const diffId = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    const forms = [plain, `${plain}.zst`, blob(gzipSync(archive), 'gzip')];
    const layers = await Promise.all(forms.map((form) => store.unpack({ blob: form, diffId })));
    const again = await store.unpack({ blob: plain });
    expect(new Set([...layers, again].map(({ layerId }) => layerId)).size).toBe(1);
    expect(readdirSync(join(state, 'l'))).toHaveLength(1);
  });

  it('takes the root’s own usual device nodes for granted', async () => {
    const root = await unpack([{ name: 'dev/null', type: '3', device: [1, 3] }, { name: 'f' }]);
    expect(readdirSync(join(root, 'dev'))).toEqual([]);
  });
});

describe('a hostile layer', () => {
  const outside = '../'.repeat(8);
  const cases: [what: string, code: LayerErrorCode, entries: FixtureEntry[]][] = [
    ['a name with ..', 'PATH_OUTSIDE', [{ name: `${outside}tmp/evil`, content: 'x' }]],
    ['a name with .. in the middle', 'PATH_OUTSIDE', [{ name: 'a/../../evil', content: 'x' }]],
    ['an absolute name', 'ABSOLUTE_PATH', [{ name: '/tmp/evil', content: 'x' }]],
    ['an absolute name in an extended header', 'ABSOLUTE_PATH', [{ name: 'good', content: 'x', pax: [['path', Buffer.from('/tmp/evil')]] }]],
    ['a hard link outside', 'LINK_OUTSIDE', [{ name: 'a', type: '1', linkName: '/etc/shadow' }]],
    ['a hard link upwards', 'LINK_OUTSIDE', [{ name: 'a', type: '1', linkName: `${outside}etc/shadow` }]],
    ['a hard link through a symlink', 'THROUGH_SYMLINK', [{ name: 'up', type: '2', linkName: '/etc' }, { name: 'a', type: '1', linkName: 'up/shadow' }]],
    ['a hard link to nothing', 'LINK_TARGET_MISSING', [{ name: 'a', type: '1', linkName: 'b' }]],
    ['a write through a symlink', 'THROUGH_SYMLINK', [{ name: 'up', type: '2', linkName: '/tmp' }, { name: 'up/evil', content: 'x' }]],
    ['a write below a file', 'THROUGH_SYMLINK', [{ name: 'f', content: 'x' }, { name: 'f/evil', content: 'x' }]],
    ['a whiteout of ..', 'PATH_OUTSIDE', [{ name: 'a/.wh...' }]],
    ['a whiteout of .', 'PATH_OUTSIDE', [{ name: 'a/.wh..' }]],
    ['a whiteout through a symlink', 'THROUGH_SYMLINK', [{ name: 'up', type: '2', linkName: '/tmp' }, { name: 'up/.wh.evil' }]],
    ['/dev as a symlink', 'RESERVED_PATH', [{ name: 'dev', type: '2', linkName: '/tmp' }]],
    ['/proc as a file', 'RESERVED_PATH', [{ name: './proc', content: 'x' }]],
    ['the root as a symlink', 'RESERVED_PATH', [{ name: './', type: '2', linkName: '/' }]],
    ['a block device', 'DEVICE', [{ name: 'sda', type: '4', device: [8, 0] }]],
    ['a character device', 'DEVICE', [{ name: 'dev/mem', type: '3', device: [1, 1] }]],
    ['a forged whiteout node', 'DEVICE', [{ name: 'etc/passwd', type: '3', device: [0, 0] }]],
    ['an id out of range', 'ID_RANGE', [{ name: 'a', uid: 70_000 }]],
    ['an unknown type', 'UNSUPPORTED', [{ name: 'a', type: 'M' }]],
    ['a component of 256 bytes', 'PATH_TOO_LONG', [{ name: 'n'.repeat(256) }]],
    ['a sparse file of an exabyte', 'TOO_LARGE', [{ name: 'a', pax: [['GNU.sparse.size', Buffer.from('1152921504606846976')], ['GNU.sparse.map', Buffer.from('0,0')]] }]],
  ];

  it.each(cases)('with %s is refused as %s', async (_what, code, entries) => {
    await expect(unpack([...entries, { name: 'later', content: 'x' }])).rejects.toMatchObject({ name: 'LayerError', code });
    expect(readdirSync(join(state, 'l'))).toEqual([]);
    expect(existsSync('/tmp/evil')).toBe(false);
  });

  it('with too many entries is refused', async () => {
    const entries = Array.from({ length: 50 }, (_, index) => ({ name: `f${index}` }));
    const request = { blob: blob(fixtureLayer(entries)), limits: { ...DEFAULT_LAYER_LIMITS, entries: 49 } };
    await expect(store.unpack(request)).rejects.toMatchObject({ code: 'TOO_MANY_ENTRIES' });
  });

  it('that is a decompression bomb is refused long before it is unpacked', async () => {
    const zeros = join(state, 'zeros.tar.gz');
    sh('cd "$1"; mkdir z; truncate -s 128M z/zeros; tar -c z | gzip -1 > "$2"; rm -r z', state, zeros);
    await expect(store.unpack({ blob: zeros, limits: { ...DEFAULT_LAYER_LIMITS, ratio: 100, ratioFrom: 4 * 1024 * 1024 } })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(store.unpack({ blob: zeros, limits: { ...DEFAULT_LAYER_LIMITS, bytes: 1024 * 1024 } })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(readdirSync(join(state, 'l'))).toEqual([]);
  });

  it('whose content is not what was promised is refused', async () => {
    const path = blob(fixtureLayer([{ name: 'f', content: 'x' }]));
    const wrong = `sha256:${'0'.repeat(64)}`;
    await expect(store.unpack({ blob: path, digest: wrong })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(store.unpack({ blob: path, diffId: wrong })).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(readdirSync(join(state, 'l'))).toEqual([]);
  });

  it('that is cut off, empty or no archive is refused', async () => {
    const whole = fixtureLayer([{ name: 'f', content: Buffer.alloc(300_000, 'abc') }]);
    for (const content of [whole.subarray(0, whole.length >> 1), Buffer.alloc(0), Buffer.from('no archive at all'), fixtureArchive([{ name: 'f', content: 'x'.repeat(2000) }]).subarray(0, 1024)]) {
      await expect(store.unpack({ blob: blob(content) })).rejects.toMatchObject({ code: 'CORRUPT' });
    }
  });
});

describe('the store', () => {
  it('removes at its next start what a dead process left half-unpacked', async () => {
    const leftover = join(state, 'l', '.draft-abcdefgh-999999-12345');
    mkdirSync(join(leftover, 'layer'), { recursive: true });
    symlinkSync('/etc', join(leftover, 'layer', 'etc'));
    await new LayerStore(state).open();
    expect(readdirSync(join(state, 'l'))).toEqual([]);
  });

  it('forgets a layer whose directory is gone', async () => {
    const archive = fixtureArchive([{ name: 'f', content: 'x' }]);
    const diffId = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    const path = blob(archive);
    const first = await store.unpack({ blob: path, diffId });
    rmSync(layerPath(state, first.layerId), { recursive: true });
    const second = await store.unpack({ blob: path, diffId });
    expect(existsSync(layerPath(state, second.layerId))).toBe(true);
  });

  it('stops when it is told to, leaving nothing', async () => {
    const abort = new AbortController();
    const path = blob(fixtureLayer([{ name: 'f', content: Buffer.alloc(20_000_000, 'abcdefg') }]));
    const unpacking = store.unpack({ blob: path, signal: abort.signal });
    abort.abort();
    await expect(unpacking).rejects.toThrow();
    expect(readdirSync(join(state, 'l'))).toEqual([]);
  });
});

it('leaves no program behind when a layer is refused before its end', async () => {
  const hostile = [{ name: '../escape' }, { name: 'large', content: Buffer.alloc(20 * 1024 * 1024, 'x') }];
  await expect(store.unpack({ blob: blob(fixtureLayer(hostile)) })).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
  await vi.waitFor(() => expect(children()).toEqual([]), { timeout: 10_000 });
});

/** Programs that this process has started and that still run. */
function children(): string[] {
  return readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
}
