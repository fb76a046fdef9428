// A file that an older SDK has open: its content in memory, written back when it is flushed or closed.

import { EngineError } from '../errors.js';
import { FileToolError, type FileTools } from './fs-tools.js';

/** What one message of the protocol carries. */
export const OPEN_FILE_LIMIT = 100 * 1024 * 1024;

const MODES = /^(r|w|a|x)(\+?)b?$|^(r|w|a|x)b\+$/;

interface Mode {
  read: boolean;
  write: boolean;
  append: boolean;
  truncate: boolean;
  create: boolean;
  exclusive: boolean;
}

export class OpenFile {
  readonly #tools: FileTools;
  readonly #path: string;
  readonly #mode: Mode;
  #content: Buffer;
  #position = 0;
  #dirty = false;

  private constructor(tools: FileTools, path: string, mode: Mode, content: Buffer) {
    this.#tools = tools;
    this.#path = path;
    this.#mode = mode;
    this.#content = content;
  }

  /** Modes as in C and Python: r, w, a, x, with + and b. Throws FileToolError, INVALID_ARGUMENT for another mode. */
  static async open(tools: FileTools, path: string, modeText: string): Promise<OpenFile> {
    const mode = parseMode(modeText);
    const existing = mode.truncate && !mode.exclusive ? undefined : await readIfThere(tools, path, mode);
    if (existing && mode.exclusive) throw new FileToolError('AlreadyExists', 'path already exists');
    if (mode.truncate || !existing) await tools.write(path, Buffer.alloc(0));
    return new OpenFile(tools, path, mode, existing ?? Buffer.alloc(0));
  }

  /** From the current position: `count` bytes, or all. */
  read(count?: number): Buffer {
    if (!this.#mode.read) throw new FileToolError('PermissionDenied', 'the file is not open for reading');
    const bytes = this.#content.subarray(this.#position, count === undefined ? undefined : this.#position + count);
    this.#position += bytes.length;
    return bytes;
  }

  /** To the end of the line, with its newline. */
  readLine(): Buffer {
    const newline = this.#content.indexOf(0x0a, this.#position);
    return this.read(newline === -1 ? undefined : newline + 1 - this.#position);
  }

  write(data: Uint8Array): void {
    if (!this.#mode.write) throw new FileToolError('PermissionDenied', 'the file is not open for writing');
    const at = this.#mode.append ? this.#content.length : this.#position;
    const end = at + data.length;
    if (end > OPEN_FILE_LIMIT) throw new FileToolError('FileTooLarge', `an open file holds at most ${OPEN_FILE_LIMIT} bytes; write larger ones with a command`);
    const grown = Buffer.alloc(Math.max(this.#content.length, end));
    this.#content.copy(grown);
    grown.set(data, at);
    this.#content = grown;
    this.#position = end;
    this.#dirty = true;
  }

  seek(offset: number, from: 'start' | 'current' | 'end'): void {
    const base = from === 'start' ? 0 : from === 'current' ? this.#position : this.#content.length;
    if (base + offset < 0) throw new FileToolError('InvalidInput', 'the position is before the start of the file');
    this.#position = base + offset;
  }

  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#tools.write(this.#path, this.#content);
  }
}

async function readIfThere(tools: FileTools, path: string, mode: Mode): Promise<Buffer | undefined> {
  try {
    return await tools.read(path, OPEN_FILE_LIMIT);
  } catch (error) {
    if (error instanceof FileToolError && error.kind === 'NotFound' && mode.create) return undefined;
    throw error;
  }
}

function parseMode(text: string): Mode {
  const match = MODES.exec(text);
  if (!match) throw new EngineError('INVALID_ARGUMENT', `A file mode is r, w, a or x with + or b, got '${text}'`);
  const kind = match[1] ?? match[3];
  const both = text.includes('+');
  return {
    read: kind === 'r' || both,
    write: kind !== 'r' || both,
    append: kind === 'a',
    truncate: kind === 'w' || kind === 'x',
    create: kind !== 'r',
    exclusive: kind === 'x',
  };
}
