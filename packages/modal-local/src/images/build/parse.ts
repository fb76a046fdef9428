// Dockerfile commands as instructions. What is not built here is refused by its name.

import { Copy, DockerfileParser, Run, type Instruction as Parsed } from 'dockerfile-ast';
import { BuildError, type Command, type Instruction } from './instruction.js';

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  COPY: ['from', 'chown', 'chmod', 'link'],
  ADD: ['chown', 'chmod', 'checksum', 'link'],
};
const SHOWN = 200;

/** Throws BuildError. The first instruction is FROM, perhaps after ARGs. */
export function parseDockerfile(commands: readonly string[]): Instruction[] {
  const instructions = DockerfileParser.parse(commands.join('\n')).getInstructions().map(toInstruction);
  const first = instructions.find(({ kind }) => kind !== 'ARG');
  if (first === undefined) throw new BuildError('The image has no commands: it has to begin with FROM');
  if (first.kind !== 'FROM') throw new BuildError(`The image begins with \`${first.step}\`: it has to begin with FROM`);
  return instructions;
}

function toInstruction(parsed: Parsed): Instruction {
  const keyword = parsed.getKeyword().toUpperCase();
  const text = logicalText(parsed.getRawArgumentsContent() ?? '', hasHeredoc(parsed));
  const step = `${keyword} ${text}`.slice(0, SHOWN);
  const flags = readFlags(parsed, keyword, step);
  if (text === '') throw new BuildError(`\`${keyword}\` lacks its arguments`);
  switch (keyword) {
    case 'FROM':
      return { ...fromImage(text, step), step, kind: keyword };
    case 'RUN':
      return { step, kind: keyword, command: toCommand(scriptOf(text)) };
    case 'ENTRYPOINT':
    case 'CMD':
      return { step, kind: keyword, command: toCommand(text) };
    case 'ENV':
    case 'LABEL':
    case 'ARG':
      return { step, kind: keyword, text };
    case 'WORKDIR':
    case 'USER':
    case 'EXPOSE':
      return { step, kind: keyword, text };
    case 'COPY':
      return { step, kind: keyword, from: copySource(flags), paths: text, owner: flags.get('chown'), mode: flags.get('chmod') };
    case 'ADD':
      return { step, kind: keyword, paths: text, owner: flags.get('chown'), mode: flags.get('chmod'), checksum: flags.get('checksum') };
    case 'SHELL':
      return { step, kind: keyword, argv: jsonArgv(text) ?? fail(`\`${step}\` has to be a JSON array, such as SHELL ["/bin/bash", "-c"]`) };
    case 'HEALTHCHECK':
      return { step, kind: keyword };
    default:
      return fail(`${keyword} is not supported by local image builds (in \`${step}\`)`);
  }
}

function readFlags(parsed: Parsed, keyword: string, step: string): Map<string, string> {
  const flags = new Map<string, string>();
  if (!('getFlags' in parsed) || typeof parsed.getFlags !== 'function') return flags;
  for (const flag of parsed.getFlags() as { getName(): string; getValue(): string | null }[]) {
    if (!FLAGS[keyword]?.includes(flag.getName()) && keyword !== 'HEALTHCHECK') fail(`--${flag.getName()} is not supported by local image builds (in \`${step}\`)`);
    flags.set(flag.getName(), flag.getValue() ?? '');
  }
  return flags;
}

function fromImage(text: string, step: string): { image: string; stage: string | undefined } {
  const [image = '', as, stage, ...rest] = text.split(/\s+/);
  if (rest.length > 0 || (as !== undefined && (as.toUpperCase() !== 'AS' || stage === undefined))) fail(`\`${step}\` is malformed: expected FROM IMAGE [AS NAME]`);
  return { image, stage };
}

function copySource(flags: ReadonlyMap<string, string>): string {
  return flags.get('from') ?? fail('COPY from the local context is not supported: use COPY --from=STAGE, ADD of a URL, or a volume');
}

function toCommand(text: string): Command {
  const argv = jsonArgv(text);
  return argv === undefined ? { shell: text } : { argv };
}

/** As in Docker, what looks like JSON and is none is a command for the shell. */
function jsonArgv(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `RUN <<EOF` runs the text itself; in any other place a here-document is the shell's own affair. */
function scriptOf(text: string): string {
  const alone = /^<<(-?)(["']?)([A-Za-z_][A-Za-z0-9_]*)\2[ \t]*\n([\s\S]*)$/.exec(text);
  if (alone === null) return text;
  const [, dash = '', , name = '', body = ''] = alone;
  const lines = body.split('\n').map((line) => (dash === '' ? line : line.replace(/^\t+/, '')));
  const end = lines.lastIndexOf(name);
  return lines.slice(0, end === -1 ? undefined : end).join('\n');
}

function hasHeredoc(parsed: Parsed): boolean {
  return (parsed instanceof Run || parsed instanceof Copy) && parsed.getHeredocs().length > 0;
}

/** Continued lines joined; comments and blank lines between them left out. */
function logicalText(raw: string, heredoc: boolean): string {
  if (heredoc) return raw.trim();
  const [first = '', ...rest] = raw.split(/\r?\n/);
  const lines = [first, ...rest.filter((line) => !/^\s*(?:#|$)/.test(line))];
  return lines.map((line) => line.replace(/\\[ \t]*$/, '')).join('').trim();
}

function fail(message: string): never {
  throw new BuildError(message);
}
