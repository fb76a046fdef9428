// Ids as Modal shapes them: a prefix that tells the kind, and 22 letters and digits.

import type { World } from './world.js';

export type IdPrefix = 'ap' | 'co' | 'en' | 'ex' | 'im' | 'pr' | 'qu' | 'sb' | 'st' | 'ta' | 'vo';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 22;
/** Bytes at or above this would favour the alphabet's first characters. */
const FAIR = Math.floor(256 / ALPHABET.length) * ALPHABET.length;

export function mintId(world: World, prefix: IdPrefix): string {
  let text = '';
  while (text.length < LENGTH) {
    for (const byte of world.randomBytes(LENGTH)) {
      if (byte < FAIR && text.length < LENGTH) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return `${prefix}-${text}`;
}
