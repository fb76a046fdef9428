import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { METHODS } from '../gen/schema.js';
import { fieldRows, parityPage } from './parity.js';
import { RPC_SUPPORT } from './rpc-support.js';

const root = path.resolve(import.meta.dirname, '../../../../..');
const wire = path.resolve(import.meta.dirname, '..');
const handlers = readdirSync(wire)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => readFileSync(path.join(wire, file), 'utf8'))
  .join('\n');

const mentions = (word: string) => new RegExp(`\\b${word}\\b`).test(handlers);

describe('the parity table', () => {
  it('is up to date (else: npm run parity)', () => {
    expect(readFileSync(path.join(root, 'docs/parity.md'), 'utf8')).toBe(parityPage());
  });

  it('tells of every call, and of no other', () => {
    expect([...RPC_SUPPORT.keys()].sort()).toEqual([...new Set(METHODS.map(({ name }) => name))].sort());
  });

  it('names tests that exist', () => {
    const proofs = [...RPC_SUPPORT.values(), ...fieldRows()].map(({ proof }) => proof);
    const missing = proofs.filter(({ file, title }) => !readFileSync(path.join(root, file), 'utf8').includes(title));
    expect(missing).toEqual([]);
  });

  it('calls served what a handler serves', () => {
    const served = [...RPC_SUPPORT].filter(([, { status }]) => status === 'supported').map(([name]) => name.charAt(0).toLowerCase() + name.slice(1));
    expect(served.filter((name) => !mentions(name))).toEqual([]);
  });

  it('calls honoured what a handler reads', () => {
    const honoured = fieldRows().filter(({ status }) => status === 'supported' || status === 'partial');
    expect(honoured.filter(({ name }) => !mentions(name)).map(({ message, field }) => `${message}.${field}`)).toEqual([]);
  });
});
