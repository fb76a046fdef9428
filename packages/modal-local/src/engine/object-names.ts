// What may be called what. Every message names the value that was refused and says what is allowed.

import { EngineError } from './errors.js';

const NAME = /^[a-zA-Z0-9\-_.]{1,64}$/;
const LIKE_AN_APP_ID = /^ap-[a-zA-Z0-9]{22}$/;
const ENV_KEY = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Linux's MAX_ARG_STRLEN, less the terminator: a longer variable would make every exec fail with E2BIG. */
const ENV_ENTRY_BYTES = 131_071;
const PARTITION_KEY_BYTES = 64;

/** `kind` as in messages: `App`, `Volume`, … */
export function checkObjectName(kind: string, name: string): void {
  if (!NAME.test(name)) {
    throw invalid(
      `Invalid ${kind} name: ${quote(name)}. Use 1 to 64 characters, each a letter, a digit, a dash, a period or an underscore`,
    );
  }
  if (LIKE_AN_APP_ID.test(name)) {
    throw invalid(`Invalid ${kind} name: ${quote(name)}. A name must not have the shape of an App id (ap- and 22 letters or digits)`);
  }
}

/** `source` says where the variables come from, for the message: `Secret 'db'`. */
export function checkEnv(source: string, env: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(env)) {
    if (!ENV_KEY.test(key)) {
      throw invalid(
        `Invalid environment variable name ${quote(key)} in ${source}: use letters, digits and underscores, not starting with a digit`,
      );
    }
    if (value.includes('\0')) throw invalid(`The value of ${key} in ${source} holds a NUL character, which no process can receive`);
    const bytes = Buffer.byteLength(key) + 1 + Buffer.byteLength(value);
    if (bytes > ENV_ENTRY_BYTES) {
      throw invalid(`${key} in ${source} takes ${bytes} bytes; Linux passes at most ${ENV_ENTRY_BYTES} in one variable. Use a file`);
    }
  }
}

export function checkPartitionKey(key: Uint8Array): void {
  if (key.length > PARTITION_KEY_BYTES) {
    throw invalid(`Queue partition key must be at most ${PARTITION_KEY_BYTES} bytes long; got ${key.length}`);
  }
}

/** The components of a volume's sub-path; none for the volume's root. */
export function parseSubPath(subPath: string): string[] {
  const components = subPath.split('/').filter((component) => component !== '' && component !== '.');
  if (components.includes('..')) throw invalid(`Invalid sub-path ${quote(subPath)}: it must not contain ".."`);
  if (subPath.includes('\0') || components.some((component) => Buffer.byteLength(component) > 255)) {
    throw invalid(`Invalid sub-path ${quote(subPath)}: no NUL, and at most 255 bytes between slashes`);
  }
  return components;
}

/** JSON's quotes show spaces and control characters; long values are cut. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}

function invalid(message: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', message);
}
