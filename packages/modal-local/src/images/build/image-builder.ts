// Builds an image from instructions: each that changes files runs in a sandbox of the image before it, and is not run
// again while nothing that it depends on has changed.

import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { ProcessExit } from '../../runtime/agent/connection.js';
import type { Mount } from '../../runtime/driver.js';
import { saysDiskFull } from '../../runtime/host/disk-full.js';
import { EMPTY_IMAGE_CONFIG, type ImageConfig, type RootImage } from '../driver.js';
import { COPY_SCRIPT, copyPlan, type CopyPlan, download, isUrl, MAKE_DIRECTORY_SCRIPT } from './copy.js';
import { COPY_SOURCE, hostTools } from './host-tools.js';
import { BuildError, type Command, type Instruction } from './instruction.js';
import type { StepProcess, StepRunner } from './step-runner.js';
import { expandText, expandWords, type Lookup } from './words.js';

export interface StepCache {
  /** The image after a step, when its layers are still there. */
  get(key: string): Promise<RootImage | undefined>;
  put(key: string, image: RootImage): Promise<void>;
}

export interface BuildContext {
  /** An image by the name in FROM or COPY --from. */
  base(name: string): Promise<RootImage>;
  /** Visible to RUN only, and kept out of the image. */
  env: Readonly<Record<string, string>>;
  /** Values for ARG. */
  args: Readonly<Record<string, string>>;
  /** Runs every step anew. */
  force: boolean;
  onOutput: (text: string) => void;
  signal?: AbortSignal;
}

interface Stage {
  image: RootImage;
  args: Map<string, string>;
}

const DEFAULT_SHELL = ['/bin/sh', '-c'];
const FAILURE_LINES = 40;

export class ImageBuilder {
  constructor(
    private readonly stateDir: string,
    private readonly runner: StepRunner,
    private readonly cache: StepCache,
  ) {}

  /** Rejects with BuildError, which names the step, its command and the end of its output. */
  async build(instructions: readonly Instruction[], context: BuildContext): Promise<RootImage> {
    const build = new Build(this.stateDir, this.runner, this.cache, context);
    for (const [index, instruction] of instructions.entries()) {
      context.signal?.throwIfAborted();
      const position = `Step ${index + 1}/${instructions.length}`;
      context.onOutput(`${position}: ${instruction.step}\n`);
      try {
        await build.step(instruction);
      } catch (error) {
        if (error instanceof BuildError) throw new BuildError(`${position} \`${instruction.step}\` failed: ${error.message}`, { cause: error });
        throw error;
      }
    }
    return build.result();
  }
}

class Build {
  readonly #stages = new Map<string, RootImage>();
  readonly #globalArgs = new Map<string, string>();
  #stageCount = 0;
  #stageName: string | undefined;
  #stage: Stage | undefined;

  constructor(
    private readonly stateDir: string,
    private readonly runner: StepRunner,
    private readonly cache: StepCache,
    private readonly context: BuildContext,
  ) {}

  result(): RootImage {
    return this.#current().image;
  }

  async step(instruction: Instruction): Promise<void> {
    switch (instruction.kind) {
      case 'FROM':
        return await this.#from(instruction.image, instruction.stage);
      case 'ARG':
        return this.#arg(instruction.text);
      case 'RUN':
        return await this.#run(instruction.command);
      case 'COPY':
        return await this.#copy(instruction);
      case 'ADD':
        return await this.#add(instruction);
      case 'WORKDIR':
        return await this.#workdir(this.#expand(instruction.text));
      case 'HEALTHCHECK':
        return this.context.onOutput('Note: HEALTHCHECK has no meaning for sandboxes; a readiness probe has. It is left out.\n');
      default:
        return this.#configure(instruction);
    }
  }

  async #from(name: string, stage: string | undefined): Promise<void> {
    this.#endStage();
    const image = expandText(name, (variable) => this.#globalArgs.get(variable));
    const base = this.#stages.get(image.toLowerCase()) ?? (image === 'scratch' ? { layers: [], config: EMPTY_IMAGE_CONFIG, host: false } : await this.context.base(image));
    this.#stage = { image: base, args: new Map() };
    this.#stageName = stage;
  }

  #endStage(): void {
    if (this.#stage === undefined) return;
    this.#stages.set(String(this.#stageCount), this.#stage.image);
    if (this.#stageName !== undefined) this.#stages.set(this.#stageName.toLowerCase(), this.#stage.image);
    this.#stageCount++;
  }

  #arg(text: string): void {
    for (const word of expandWords(text, this.#stage === undefined ? (name) => this.#globalArgs.get(name) : this.#lookup)) {
      const equals = word.indexOf('=');
      const name = equals === -1 ? word : word.slice(0, equals);
      const value = this.context.args[name] ?? (equals === -1 ? this.#globalArgs.get(name) : word.slice(equals + 1));
      if (value !== undefined) (this.#stage?.args ?? this.#globalArgs).set(name, value);
    }
  }

  #configure(instruction: Exclude<Instruction, { kind: 'FROM' | 'ARG' | 'RUN' | 'COPY' | 'ADD' | 'WORKDIR' | 'HEALTHCHECK' }>): void {
    const stage = this.#current();
    stage.image = { ...stage.image, config: { ...stage.image.config, ...this.#changes(instruction, stage.image.config) } };
  }

  #changes(instruction: Parameters<Build['step']>[0], config: ImageConfig): Partial<ImageConfig> {
    switch (instruction.kind) {
      case 'ENV':
        return { env: { ...config.env, ...this.#pairs(instruction.text) } };
      case 'LABEL':
        return { labels: { ...config.labels, ...this.#pairs(instruction.text) } };
      case 'USER':
        return { user: this.#expand(instruction.text) };
      case 'EXPOSE':
        return { exposedPorts: [...new Set([...(config.exposedPorts ?? []), ...expandWords(instruction.text, this.#lookup).map(exposedPort)])] };
      case 'SHELL':
        return { shell: instruction.argv };
      // As in Docker, an entrypoint of one's own does away with the base's arguments for its own.
      case 'ENTRYPOINT':
        return { entrypoint: this.#argv(instruction.command), cmd: [] };
      case 'CMD':
        return { cmd: this.#argv(instruction.command) };
      default:
        return {};
    }
  }

  async #run(command: Command): Promise<void> {
    const { image, args } = this.#current();
    const argv = this.#argv(command);
    const env = { HOME: '/root', ...Object.fromEntries(args), ...image.config.env, ...this.context.env };
    await this.#cached(['RUN', argv, env], async () => {
      const { workdir, user } = image.config;
      return await this.#process({ argv, env, cwd: workdir, user, online: true });
    });
  }

  async #copy({ from, paths, owner, mode }: Extract<Instruction, { kind: 'COPY' }>): Promise<void> {
    const name = this.#expand(from);
    const source = this.#stages.get(name.toLowerCase()) ?? (await this.context.base(name));
    const plan = copyPlan(this.#paths(paths), this.#current().image.config.workdir, { owner, mode });
    await this.#cached(['COPY', imageKey(source), plan], async () => {
      const root = await this.runner.mountSource(source);
      try {
        const nested = root.mounts.map((mount) => ({ ...mount, target: posix.join(COPY_SOURCE, mount.target) }));
        return await this.#place(plan, [{ source: root.path, target: COPY_SOURCE, readOnly: true }, ...nested]);
      } finally {
        await root.release();
      }
    });
  }

  async #add({ paths, owner, mode, checksum }: Extract<Instruction, { kind: 'ADD' }>): Promise<void> {
    const words = this.#paths(paths);
    const urls = words.slice(0, -1);
    if (!urls.every(isUrl)) throw new BuildError('ADD from the local context is not supported: it takes http and https URLs');
    await using files = await download(this.stateDir, urls, { checksum: checksum === undefined ? undefined : this.#expand(checksum), signal: this.context.signal });
    const plan = copyPlan([...files.names, words.at(-1) ?? ''], this.#current().image.config.workdir, { owner, mode });
    await this.#cached(['ADD', files.digest, plan], async () => await this.#place(plan, [{ source: files.directory, target: COPY_SOURCE, readOnly: true, idmap: true }]));
  }

  async #workdir(path: string): Promise<void> {
    const stage = this.#current();
    const workdir = posix.resolve(stage.image.config.workdir, path);
    await this.#cached(['WORKDIR', workdir], async () => await this.#tool(MAKE_DIRECTORY_SCRIPT, [workdir], []));
    stage.image = { ...stage.image, config: { ...stage.image.config, workdir } };
  }

  async #place({ sources, destination, intoDirectory, owner, mode }: CopyPlan, mounts: readonly Mount[]): Promise<RootImage> {
    return await this.#tool(COPY_SCRIPT, [COPY_SOURCE, destination, intoDirectory ? '/' : '', owner ?? '', mode ?? '', ...sources], mounts);
  }

  async #tool(script: string, args: readonly string[], mounts: readonly Mount[]): Promise<RootImage> {
    const tools = await hostTools();
    return await this.#process({ argv: tools.argv(script, ...args), env: { PATH: '', LC_ALL: 'C' }, cwd: '/', user: '0:0', online: false, mounts: [...tools.mounts, ...mounts] });
  }

  async #process(process: Omit<StepProcess, 'onOutput' | 'signal'>): Promise<RootImage> {
    const { image } = this.#current();
    const { signal } = this.context;
    const decoder = new TextDecoder();
    let tail = '';
    const onOutput = (chunk: Buffer) => {
      const text = decoder.decode(chunk, { stream: true });
      tail = (tail + text).slice(-16 * 1024);
      this.context.onOutput(text);
    };
    const { exit, layer } = await this.runner.run(image, { ...process, onOutput, ...(signal === undefined ? {} : { signal }) });
    if (exit.kind !== 'exited' || exit.code !== 0) throw new BuildError(failure(exit, tail, image.host));
    return layer === undefined ? image : { ...image, layers: [...image.layers, layer] };
  }

  async #cached(facts: readonly unknown[], make: () => Promise<RootImage>): Promise<void> {
    const stage = this.#current();
    const key = digest([imageKey(stage.image), facts]);
    const known = this.context.force ? undefined : await this.cache.get(key);
    if (known !== undefined) this.context.onOutput('Using the cached layer\n');
    const image = known ?? (await make());
    if (known === undefined) await this.cache.put(key, image);
    stage.image = image;
  }

  #argv(command: Command): string[] {
    if ('argv' in command) return [...command.argv];
    return [...(this.#current().image.config.shell ?? DEFAULT_SHELL), command.shell];
  }

  /** `A=1 B=2`, or the old form `A the rest`. */
  #pairs(text: string): Record<string, string> {
    const first = /^\S+/.exec(text)?.[0] ?? '';
    if (!first.includes('=')) {
      const value = text.slice(first.length).trim();
      if (value === '') throw new BuildError('a value is missing: write NAME=VALUE');
      return { [first]: expandText(value, this.#lookup) };
    }
    return Object.fromEntries(
      expandWords(text, this.#lookup).map((word) => {
        const equals = word.indexOf('=');
        if (equals < 1) throw new BuildError(`'${word}' is not NAME=VALUE`);
        return [word.slice(0, equals), word.slice(equals + 1)];
      }),
    );
  }

  #paths(text: string): string[] {
    if (text.startsWith('[')) {
      const list: unknown = JSON.parse(text);
      if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list.map((item) => expandText(item, this.#lookup));
    }
    return expandWords(text, this.#lookup);
  }

  #expand(text: string): string {
    return expandText(text, this.#lookup);
  }

  readonly #lookup: Lookup = (name) => this.#current().image.config.env[name] ?? this.#current().args.get(name);

  #current(): Stage {
    if (this.#stage === undefined) throw new BuildError('it stands before FROM');
    return this.#stage;
  }
}

/** What a step depends on: an image's content and configuration. */
export function imageKey({ layers, config, host }: RootImage): string {
  return digest([layers, config, host]);
}

function digest(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function exposedPort(word: string): string {
  if (!/^[0-9]{1,5}(?:-[0-9]{1,5})?(?:\/(?:tcp|udp))?$/.test(word)) throw new BuildError(`'${word}' is no port: write PORT or PORT/tcp`);
  return word.includes('/') ? word : `${word}/tcp`;
}

function failure(exit: ProcessExit, tail: string, host: boolean): string {
  const how = exit.kind === 'exited' ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  const output = tail.trimEnd().split('\n').slice(-FAILURE_LINES).join('\n');
  const full = saysDiskFull(output) ? '\n(A step may write as much as a sandbox: give the engine a larger `--disk-gib`, or `diskGiB`, or delete in the same step what the image does not need.)' : '';
  const note = host ? "\n(The base is this machine's own files, whose /usr is read-only: packages of the system cannot be installed into it.)" : '';
  return `${how}${output === '' ? '' : `\n${output}`}${full}${note}`;
}
