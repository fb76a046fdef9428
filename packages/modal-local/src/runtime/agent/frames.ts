// Frames between the engine and the agent: a 12-byte header and a payload. ../../../agent/PROTOCOL.md describes them.

export const VERSION = 1;
export const HEADER_SIZE = 12;
export const MAX_PAYLOAD = 1 << 20;
/** The longest payload of the agent's frames but DATA. */
export const MAX_REPLY = 16;
/** Bytes of one stream that the engine may send before the agent has returned credit. */
export const WINDOW_TO_AGENT = 256 << 10;
/** Bytes of one stream that the agent may send before the engine has returned credit. */
export const WINDOW_TO_ENGINE = 512 << 10;

export const Kind = {
  Start: 0x01,
  Data: 0x02,
  End: 0x03,
  Credit: 0x04,
  Signal: 0x05,
  Resize: 0x06,
  Dial: 0x07,
  Close: 0x08,
  Hello: 0x80,
  Started: 0x81,
  Exited: 0x82,
  Connected: 0x83,
  Failed: 0x84,
  Released: 0x85,
} as const;

/** What goes into a process or connection, its output, and a process's standard error. */
export const Stream = { Input: 0, Output: 1, Error: 2 } as const;

export interface Frame {
  kind: number;
  stream: number;
  id: number;
  payload: Buffer;
}

export function encodeHeader(kind: number, stream: number, id: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_SIZE);
  writeHeader(header, kind, stream, id, length);
  return header;
}

/** A whole frame whose payload is a few numbers: each a width in bytes and a value. */
export function encodeNumbers(kind: number, stream: number, id: number, ...numbers: [2 | 4, number][]): Buffer {
  const length = numbers.reduce((sum, [width]) => sum + width, 0);
  const frame = Buffer.alloc(HEADER_SIZE + length);
  writeHeader(frame, kind, stream, id, length);
  let at = HEADER_SIZE;
  for (const [width, value] of numbers) at = frame.writeUIntLE(value, at, width);
  return frame;
}

function writeHeader(target: Buffer, kind: number, stream: number, id: number, length: number): void {
  target.writeUInt32LE(length, 0);
  target[4] = kind;
  target[5] = stream;
  target.writeUInt32LE(id, 8);
}
