// Modal's object creation types as the domain names them.

import type { Creation } from '../engine/creation.js';
import { EngineError } from '../engine/errors.js';
import { ObjectCreationType } from './gen/modal/client.js';

/** Throws INVALID_ARGUMENT. */
export function toCreation(type: ObjectCreationType): Creation {
  switch (type) {
    case ObjectCreationType.OBJECT_CREATION_TYPE_UNSPECIFIED:
      return 'lookup';
    case ObjectCreationType.OBJECT_CREATION_TYPE_CREATE_IF_MISSING:
      return 'create-if-missing';
    case ObjectCreationType.OBJECT_CREATION_TYPE_CREATE_FAIL_IF_EXISTS:
      return 'create-fail-if-exists';
    case ObjectCreationType.OBJECT_CREATION_TYPE_CREATE_OVERWRITE_IF_EXISTS:
      return 'create-overwrite-if-exists';
    case ObjectCreationType.OBJECT_CREATION_TYPE_EPHEMERAL:
      return 'ephemeral';
    default:
      throw new EngineError('INVALID_ARGUMENT', `object_creation_type ${type} is not served`);
  }
}
