// The file tools as the SDK runs them: through the agent, with their request as one argument.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ProcessSpec } from './connection.js';
import { AGENT, launch, run, startTestAgent } from '../testing/start-test-agent.js';
import type { Finished, TestAgent } from '../testing/start-test-agent.js';

const FIVE_GIB = 5 * 2 ** 30;

describe('the file tools', () => {
  let agent: TestAgent;
  let folder: string;
  beforeAll(async () => {
    agent = await startTestAgent();
  });
  afterAll(() => agent[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fs-tools-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string): string => path.join(folder, name);
  const call = (request: unknown, changes: Partial<ProcessSpec> = {}): Promise<Finished> => run(agent, [AGENT, JSON.stringify(request)], changes);
  const kindOf = async (request: unknown, changes: Partial<ProcessSpec> = {}): Promise<string> => {
    const { exit, stdout, stderr } = await call(request, changes);
    expect([exit, stdout]).toEqual([{ kind: 'exited', code: 1 }, '']);
    const error = JSON.parse(stderr) as { version: number; error_kind: string; message: string };
    expect(error.version).toBe(1);
    return `${error.error_kind}: ${error.message}`;
  };
  const write = async (name: string, content: Buffer): Promise<void> => {
    const { process } = await launch(agent, [AGENT, JSON.stringify({ WriteFile: { path: at(name) } })], { stdin: 'pipe' });
    await process.writeStdin(content);
    process.closeStdin();
    expect(await process.exited).toEqual({ kind: 'exited', code: 0 });
  };

  it('write and read any bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 256));
    await write('a/b/c', bytes);
    expect(readFileSync(at('a/b/c')).equals(bytes)).toBe(true);
    const { process, stdout } = await launch(agent, [AGENT, JSON.stringify({ ReadFile: { path: at('a/b/c') } })]);
    await Promise.all([process.exited, stdout.ended]);
    expect(Buffer.concat(stdout.chunks).equals(bytes)).toBe(true);
  });

  it('write nothing before the end of stdin, and leave nothing when they are killed', async () => {
    writeFileSync(at('file'), 'before');
    const { process } = await launch(agent, [AGENT, JSON.stringify({ WriteFile: { path: at('file') } })], { stdin: 'pipe' });
    await process.writeStdin(Buffer.alloc(500_000));
    expect(readFileSync(at('file'), 'utf8')).toBe('before');
    process.signal(9);
    await process.exited;
    expect([readFileSync(at('file'), 'utf8'), readdirSync(folder)]).toEqual(['before', ['file']]);
  });

  it('keep owner, mode and hard links of what they overwrite', async () => {
    writeFileSync(at('file'), 'before', { mode: 0o600 });
    execFileSync('chown', ['1234:4321', at('file')]);
    await write('file', Buffer.from('after'));
    expect(statSync(at('file'))).toMatchObject({ uid: 1234, gid: 4321, mode: 0o100600 });
    linkSync(at('file'), at('link'));
    await write('file', Buffer.from('both'));
    expect(readFileSync(at('link'), 'utf8')).toBe('both');
  });

  it('write what is mounted over a file, which no rename can replace', () => {
    writeFileSync(at('source'), 'before');
    writeFileSync(at('point'), '');
    const request = JSON.stringify({ WriteFile: { path: at('point') } });
    const script = 'mount --bind "$1" "$2" && echo after | "$3" "$4"';
    execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', at('source'), at('point'), AGENT, request]);
    expect([readFileSync(at('source'), 'utf8'), readdirSync(folder).sort()]).toEqual(['after\n', ['point', 'source']]);
  });

  it('tell what one file is', async () => {
    writeFileSync(at('file'), 'hello');
    const { stdout } = await call({ Stat: { path: at('file') } });
    const { mtimeMs } = statSync(at('file'));
    const entry = { name: 'file', path: at('file'), type: 'file', size: 5, mode: 0o100644, permissions: '0644', owner: 'root', group: 'root' };
    expect(JSON.parse(stdout)).toEqual({ ...entry, modified_time: expect.closeTo(mtimeMs / 1000, 3) as number });
    symlinkSync('file', at('link'));
    expect(JSON.parse((await call({ Stat: { path: at('link') } })).stdout)).toMatchObject({ type: 'symlink', symlink_target: 'file' });
  });

  it('list any names, which lead back to their files', async () => {
    const names = [Buffer.from('new\nline "\\'), Buffer.from([0x66, 0xff, 0xc3]), Buffer.from('ü😀'), Buffer.from('x'.repeat(255))];
    for (const name of names) writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), name);
    const { stdout } = await call({ ListFiles: { path: folder } });
    const entries = JSON.parse(stdout) as { name: string; path: string }[];
    expect(entries).toHaveLength(names.length);
    expect(entries.map(({ name }) => name)).toContain('f\udcff\udcc3');
    for (const entry of entries) {
      expect((await call({ ReadFile: { path: entry.path } })).exit).toEqual({ kind: 'exited', code: 0 });
    }
  });

  it('tell apart why something cannot be read or listed', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), '');
    writeFileSync(at('secret'), '', { mode: 0o600 });
    execFileSync('mkfifo', [at('fifo')]);
    writeFileSync(at('large'), '');
    truncateSync(at('large'), FIVE_GIB + 1);
    const read = (name: string, changes = {}): Promise<string> => kindOf({ ReadFile: { path: at(name) } }, changes);
    expect(await read('missing')).toBe('NotFound: path does not exist');
    expect(await read('file/x')).toBe('NotDirectory: a component of the path is not a directory');
    expect(await read('folder')).toBe('IsDirectory: expected a file path');
    expect(await read('fifo')).toMatch(/^NotRegularFile: expected a regular file/);
    expect(await read('large')).toBe(`FileTooLarge: file is ${FIVE_GIB + 1} bytes, which exceeds the ${FIVE_GIB} byte limit`);
    execFileSync('chmod', ['755', folder]);
    expect(await read('secret', { user: 'nobody' })).toBe('PermissionDenied: permission denied');
    expect(await kindOf({ ReadFile: { path: '/dev/zero' } })).toMatch(/^NotRegularFile/);
    expect(await kindOf({ ReadFile: { path: `/${'x'.repeat(4096)}` } })).toBe('Other: file name too long');
    expect(await kindOf({ ListFiles: { path: at('file') } })).toBe('IsFile: expected a directory path');
    expect(await kindOf({ ListFiles: { path: at('file/x') } })).toBe('NotDirectory: a component of the path is not a directory');
  });

  it('tell apart why something cannot be written', async () => {
    mkdirSync(at('folder'));
    writeFileSync(at('file'), '');
    execFileSync('mkfifo', [at('fifo')]);
    const refusal = (name: string, changes = {}): Promise<string> => kindOf({ WriteFile: { path: at(name) } }, changes);
    expect(await refusal('folder')).toBe('IsDirectory: expected a file path');
    expect(await refusal('file/x')).toMatch(/^(NotDirectory|AlreadyExists): /);
    expect(await refusal('fifo')).toMatch(/^NotRegularFile/);
    execFileSync('chmod', ['755', folder]);
    expect(await refusal('new', { user: 'nobody' })).toBe('PermissionDenied: permission denied');
    expect(await refusal('file', { user: 'nobody' })).toBe('PermissionDenied: permission denied');
  });

  it('make and remove directories', async () => {
    await call({ MakeDirectory: { path: at('a/b'), parents: true } });
    expect(await kindOf({ MakeDirectory: { path: at('a/b'), parents: false } })).toBe('PathAlreadyExists: path already exists');
    expect(await kindOf({ MakeDirectory: { path: at('x/y'), parents: false } })).toBe('NotFound: parent directory does not exist');
    expect(await kindOf({ Remove: { path: at('a'), recursive: false } })).toBe('DirectoryNotEmpty: directory is not empty');
    symlinkSync(at('a'), at('link'));
    await call({ Remove: { path: at('link'), recursive: true } });
    expect(lstatSync(at('a/b')).isDirectory()).toBe(true);
    await call({ Remove: { path: at('a'), recursive: true } });
    expect(readdirSync(folder)).toEqual([]);
    expect(await kindOf({ Remove: { path: at('a'), recursive: true } })).toBe('NotFound: path does not exist');
  });

  it('refuse senseless requests', async () => {
    for (const argument of ['{}', 'x', '{"Stat":{}}', '{"Stat":{"path":"/","x":1}}', '['.repeat(50_000)]) {
      const { exit, stderr } = await run(agent, [AGENT, argument]);
      expect(exit).toEqual({ kind: 'exited', code: 2 });
      expect(JSON.parse(stderr)).toMatchObject({ error_kind: 'InvalidRequest' });
    }
    expect((await run(agent, [AGENT])).exit).toEqual({ kind: 'exited', code: 2 });
  });

  describe('watching', () => {
    const watch = async (options: object, name = ''): Promise<Awaited<ReturnType<typeof launch>>> => {
      const request = { Watch: { path: at(name), recursive: false, filter: null, timeout_secs: null, ...options } };
      const watching = await launch(agent, [AGENT, JSON.stringify(request)], { stdin: 'pipe' });
      // It watches once it waits: a probe shows that.
      const wchan = (): string => readFileSync(`/proc/${watching.process.pid}/syscall`, 'utf8');
      await vi.waitFor(() => expect(wchan()).toMatch(/^(7|271) /), { interval: 5, timeout: 45_000 });
      return watching;
    };
    const eventsOf = (text: string): string[] => {
      const events = text.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line) as { event_type: string; paths: string[] });
      return events.map(({ event_type, paths }) => `${event_type} ${paths.map((name) => path.relative(folder, name)).join(' ')}`);
    };

    it('reports changes of all kinds, below new directories too, until stdin ends', async () => {
      const { process, stdout } = await watch({ recursive: true, filter: ['Create', 'Modify', 'Remove', 'Rename', 'RenameFrom', 'RenameTo'] });
      mkdirSync(at('new'));
      await stdout.until(/"Create"/);
      writeFileSync(at('new/file'), 'x');
      await stdout.until(/"Modify"/);
      renameSync(at('new/file'), at('moved'));
      await stdout.until(/"Rename"/);
      rmSync(at('moved'));
      await stdout.until(/"Remove"/);
      renameSync(at('new'), `${folder}-outside`);
      await stdout.until(/"RenameFrom"/);
      renameSync(`${folder}-outside`, at('back'));
      await stdout.until(/"RenameTo"/);
      process.closeStdin();
      expect(await process.exited).toEqual({ kind: 'exited', code: 0 });
      expect([...new Set(eventsOf(stdout.text))]).toEqual([
        'Create new', 'Create new/file', 'Modify new/file', 'Rename new/file moved', 'Remove moved', 'RenameFrom new', 'RenameTo back',
      ]);
    });

    it('reports only what the filter names', async () => {
      const { process, stdout } = await watch({ filter: ['Remove'] });
      writeFileSync(at('file'), '');
      rmSync(at('file'));
      await stdout.until(/"Remove"/);
      process.closeStdin();
      await process.exited;
      expect(eventsOf(stdout.text)).toEqual(['Remove file']);
    });

    it('follows a symlink, names the files of its target, and can watch one file', async () => {
      mkdirSync(at('target'));
      symlinkSync('target', at('link'));
      writeFileSync(at('target/file'), '');
      const folderWatch = await watch({ filter: ['Create'] }, 'link');
      const fileWatch = await watch({ filter: ['Modify'] }, 'target/file');
      writeFileSync(at('target/new'), '');
      appendFileSync(at('target/file'), 'x');
      await Promise.all([folderWatch.stdout.until(/\n/), fileWatch.stdout.until(/\n/)]);
      expect([...eventsOf(folderWatch.stdout.text), ...eventsOf(fileWatch.stdout.text)]).toEqual(['Create target/new', 'Modify target/file']);
      for (const { process } of [folderWatch, fileWatch]) {
        process.closeStdin();
        await process.exited;
      }
    });

    it('ends at its time-out, and without one when stdin is empty', async () => {
      const watching = (timeout: number | null): Promise<Finished> => call({ Watch: { path: folder, recursive: true, filter: [], timeout_secs: timeout } });
      expect(await watching(0)).toMatchObject({ exit: { kind: 'exited', code: 0 }, stdout: '' });
      expect(await watching(null)).toMatchObject({ exit: { kind: 'exited', code: 0 } });
      expect(await kindOf({ Watch: { path: at('missing'), recursive: false, filter: null, timeout_secs: 0 } })).toBe('NotFound: path does not exist');
      expect(await kindOf({ Watch: { path: folder, filter: ['Nonsense'] } })).toMatch(/^InvalidRequest: unknown event type Nonsense/);
      expect(existsSync(folder)).toBe(true);
    });
  });
});
