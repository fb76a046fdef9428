// One 512-byte header of a tar archive, in either direction. Names are latin1 strings, so that every byte survives.

import { LayerError, shown } from './layer-error.js';

export const BLOCK = 512;

export interface TarHeader {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes that follow the header. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  /** One character, as POSIX and GNU define them. */
  type: string;
  linkName: string;
  deviceMajor: number;
  deviceMinor: number;
}

export function parseHeader(block: Buffer): TarHeader {
  if (checksum(block) !== number(block, 148, 8)) throw new LayerError('CORRUPT', 'a header has a wrong checksum; this is no tar archive');
  const gnu = block.toString('latin1', 257, 265) === 'ustar  \0';
  const posix = !gnu && block.toString('latin1', 257, 262) === 'ustar';
  const name = text(block, 0, 100);
  const prefix = posix ? text(block, 345, 155) : '';
  const type = block.toString('latin1', 156, 157);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    mtime: number(block, 136, 12),
    type: type === '\0' || type === '7' ? '0' : type,
    linkName: text(block, 157, 100),
    deviceMajor: gnu || posix ? number(block, 329, 8) : 0,
    deviceMinor: gnu || posix ? number(block, 337, 8) : 0,
  };
}

/** A GNU header: what does not fit in its name fields is cut, for a long-name entry before it to complete. */
export function formatHeader(header: TarHeader): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(header.name.slice(0, 100), 0, 'latin1');
  putNumber(block, 100, 8, header.mode);
  putNumber(block, 108, 8, header.uid);
  putNumber(block, 116, 8, header.gid);
  putNumber(block, 124, 12, header.size);
  putNumber(block, 136, 12, header.mtime);
  block.write(header.type, 156, 'latin1');
  block.write(header.linkName.slice(0, 100), 157, 'latin1');
  block.write('ustar  \0', 257, 'latin1');
  putNumber(block, 329, 8, header.deviceMajor);
  putNumber(block, 337, 8, header.deviceMinor);
  return seal(block);
}

/** Writes the checksum. */
export function seal(block: Buffer): Buffer {
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** An octal field, or GNU's binary form where the value needs it. */
export function putNumber(block: Buffer, offset: number, length: number, value: number): void {
  const octal = Math.floor(value).toString(8);
  if (value >= 0 && octal.length < length) {
    block.write(`${octal.padStart(length - 1, '0')}\0`, offset, 'latin1');
    return;
  }
  block.fill(value < 0 ? 0xff : 0, offset, offset + length);
  block.writeBigInt64BE(BigInt(Math.floor(value)), offset + length - 8);
  block[offset] = value < 0 ? 0xff : 0x80;
}

export function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** The size, rounded up to whole blocks. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function text(block: Buffer, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  return block.toString('latin1', offset, end === -1 || end > offset + length ? offset + length : end);
}

function number(block: Buffer, offset: number, length: number): number {
  const first = block.readUInt8(offset);
  if (first === 0x80 || first === 0xff) {
    const value = length === 8 ? BigInt.asIntN(56, block.readBigInt64BE(offset)) : block.readBigInt64BE(offset + length - 8);
    return safe(Number(value), `${value}`);
  }
  const digits = block.toString('latin1', offset, offset + length).replace(/\0.*$/s, '').trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new LayerError('CORRUPT', `a header holds ${shown(digits)} where a number belongs`);
  return safe(Number.parseInt(digits, 8), digits);
}

function safe(value: number, digits: string): number {
  if (!Number.isSafeInteger(value)) throw new LayerError('CORRUPT', `a header holds the impossible number ${shown(digits)}`);
  return value;
}

/** The sum of all bytes, the checksum's own counted as blanks. */
function checksum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index++) {
    if (index < 148 || index >= 156) sum += block[index] ?? 0;
  }
  return sum;
}
