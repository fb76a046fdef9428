// Ids of images that are built: the same content from the same parents has the same id, on every machine.

import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LENGTH = 22;

/** `contentKey` is a hexadecimal digest. */
export function imageIdOf(contentKey: string): string {
  let number = BigInt(`0x${contentKey}`);
  let text = '';
  while (text.length < LENGTH) {
    text += ALPHABET.charAt(Number(number % 62n));
    number /= 62n;
  }
  return `im-${text}`;
}

export function contentKeyOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
