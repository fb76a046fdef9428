// Names and tags of sandboxes, by Modal's rules.

import { EngineError } from '../errors.js';

const NAME = /^[a-zA-Z0-9\-_.]{1,64}$/;
const LIKE_AN_APP_ID = /^ap-[a-zA-Z0-9]{22}$/;
/** Modal does not publish its limits; these keep a list of a thousand sandboxes below a message's size. */
const MAX_TAGS = 64;
const MAX_TAG_LENGTH = 256;

/** `kind` is what the message calls it. Throws INVALID_ARGUMENT. */
export function checkSandboxName(name: string, kind: 'Sandbox' | 'container' = 'Sandbox'): void {
  if (!NAME.test(name)) {
    throw invalid(`Invalid ${kind} name: '${name.slice(0, 100)}'. Use 1 to 64 characters, each a letter, a digit, a dash, a period or an underscore`);
  }
  if (LIKE_AN_APP_ID.test(name)) throw invalid(`Invalid ${kind} name: '${name}'. A name must not have the shape of an App id`);
}

/** Throws INVALID_ARGUMENT. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) throw invalid(`A Sandbox has at most ${MAX_TAGS} tags, got ${entries.length}`);
  for (const [key, value] of entries) {
    if (key === '') throw invalid('A tag needs a name');
    if (key.length > MAX_TAG_LENGTH || value.length > MAX_TAG_LENGTH) {
      throw invalid(`The tag '${key.slice(0, 100)}' is too long: names and values have at most ${MAX_TAG_LENGTH} characters`);
    }
  }
}

/** Every wanted tag is there with its value. */
export function hasTags(tags: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(tags, key) && tags[key] === value);
}

function invalid(message: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', message);
}
