// POSIX extended headers: records of `LENGTH KEY=VALUE\n` before the entry that they describe.

import { LayerError, shown } from './layer-error.js';

export type PaxRecord = readonly [key: string, value: Buffer];

export function parsePax(body: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let offset = 0; offset < body.length && body[offset] !== 0; ) {
    const space = body.indexOf(0x20, offset);
    const digits = space === -1 ? '' : body.toString('latin1', offset, space);
    const end = offset + Number(digits);
    const equals = body.indexOf(0x3d, space);
    if (!/^[0-9]{1,7}$/.test(digits) || end > body.length || equals === -1 || equals >= end || body[end - 1] !== 0x0a) {
      throw new LayerError('CORRUPT', `an extended header is malformed near ${shown(body.toString('latin1', offset, offset + 40))}`);
    }
    records.push([body.toString('latin1', space + 1, equals), body.subarray(equals + 1, end - 1)]);
    offset = end;
  }
  return records;
}

export function formatPax(records: readonly PaxRecord[]): Buffer {
  return Buffer.concat(
    records.flatMap(([key, value]) => {
      const rest = Buffer.byteLength(key, 'latin1') + value.length + 3;
      let length = rest + String(rest).length;
      length = rest + String(length).length;
      return [Buffer.from(`${length} ${key}=`, 'latin1'), value, Buffer.from('\n')];
    }),
  );
}
