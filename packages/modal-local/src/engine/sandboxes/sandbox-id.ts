// The SDK tells a sandbox's backend by the shape of its id: 22 letters and digits, or a ULID.

import { mintId } from '../mint-id.js';
import type { World } from '../world.js';

/** V1 and V2 of Modal's sandbox backend, each with calls of its own. */
export type Generation = 'v1' | 'v2';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;

export function mintSandboxId(world: World, generation: Generation): string {
  return generation === 'v1' ? mintId(world, 'sb') : `sb-${ulid(world)}`;
}

/** Modal's Python client knows the tasks of V2 sandboxes by their last letter. */
export function mintTaskId(world: World, generation: Generation): string {
  const id = mintId(world, 'ta');
  return generation === 'v2' ? `${id}V` : id;
}

export function generationOf(sandboxId: string): Generation {
  return /^sb-[0-9A-Za-z]{22}$/.test(sandboxId) ? 'v1' : 'v2';
}

/** 48 bits of time, then 80 of chance; in base 32 the first of 26 characters is at most 7. */
function ulid(world: World): string {
  let value = BigInt(Math.floor(world.now())) & 0xffff_ffff_ffffn;
  for (const byte of world.randomBytes(10)) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < ULID_LENGTH; index += 1) {
    text = CROCKFORD.charAt(Number(value & 31n)) + text;
    value >>= 5n;
  }
  return text;
}
