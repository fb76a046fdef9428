// What a get-or-create call asks for, and the one algorithm that answers it for every kind of named object.

import { EngineError } from './errors.js';

export type Creation =
  | 'lookup'
  | 'create-if-missing'
  | 'create-fail-if-exists'
  | 'create-overwrite-if-exists'
  | 'ephemeral';

/** Milliseconds from the last heartbeat to the end of an ephemeral volume or queue; the SDK sends one every 5 minutes. */
export const EPHEMERAL_LIFE = 15 * 60 * 1_000;

export interface NamedObject<T> {
  /** As in messages: `Volume`. */
  kind: string;
  name: string;
  find(): T | undefined;
  /** Undefined when another process took the name in between. */
  create(): T | undefined;
  /** Kinds that can be overwritten do it here. */
  overwrite?(existing: T): T;
}

/** Throws NOT_FOUND, ALREADY_EXISTS or INVALID_ARGUMENT. */
export function getOrCreate<T>(creation: Exclude<Creation, 'ephemeral'>, object: NamedObject<T>): T {
  const existing = object.find();
  switch (creation) {
    case 'lookup':
      if (existing === undefined) throw notFound(object.kind, object.name);
      return existing;
    case 'create-if-missing':
      return existing ?? object.create() ?? foundAfterAll(object);
    case 'create-fail-if-exists': {
      const created = existing === undefined ? object.create() : undefined;
      if (created === undefined) {
        throw new EngineError('ALREADY_EXISTS', `${object.kind} '${object.name}' already exists`);
      }
      return created;
    }
    case 'create-overwrite-if-exists': {
      if (object.overwrite === undefined) {
        throw new EngineError(
          'INVALID_ARGUMENT',
          `A ${object.kind} cannot be overwritten: delete '${object.name}' and create it again, or use create-if-missing`,
        );
      }
      const found = existing ?? object.create();
      return object.overwrite(found ?? foundAfterAll(object));
    }
  }
}

export function notFound(kind: string, nameOrId: string): EngineError {
  return new EngineError('NOT_FOUND', `${kind} '${nameOrId}' not found`);
}

function foundAfterAll<T>(object: NamedObject<T>): T {
  const found = object.find();
  if (found === undefined) {
    throw new EngineError('UNAVAILABLE', `${object.kind} '${object.name}' was deleted while it was being looked up; try again`);
  }
  return found;
}
