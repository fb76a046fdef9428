// The caller's mistakes: a bad value, an unknown option, a call that does not fit the state.

import { nearestName } from '../options/nearest-name.js';
import { ComputeError, type ErrorFacts, type SerializedComputeError } from './compute-error.js';

export interface InvalidArgumentFacts extends ErrorFacts {
  /** The argument at fault, as a path: `timeout`, `options.env.PATH`. */
  field?: string | undefined;
  code?: 'invalid_argument' | 'unknown_option' | undefined;
}

/** A value of the wrong type, shape or range. */
export class InvalidArgumentError extends ComputeError {
  override readonly name: string = 'InvalidArgumentError';
  /** The argument at fault, as a path: `timeout`, `options.env.PATH`. */
  readonly field: string | undefined;

  constructor(message: string, facts: InvalidArgumentFacts = {}) {
    super(message, { ...facts, code: facts.code ?? 'invalid_argument' });
    this.field = facts.field;
  }

  override toJSON(): SerializedComputeError {
    const { field } = this;
    return { ...super.toJSON(), ...(field === undefined ? {} : { field }) };
  }
}

/** An option that nothing honours. The message suggests the nearest known name. */
export class UnknownOptionError extends InvalidArgumentError {
  override readonly name = 'UnknownOptionError';

  /** `known` are the names that would have been accepted; `place` says where, for example `modal()`. */
  constructor(option: string, known: Iterable<string>, place: string, facts: ErrorFacts = {}) {
    const names = [...known];
    const nearest = nearestName(option, names);
    super(`Unknown option '${option}' of ${place}${nearest === undefined ? '' : `: did you mean '${nearest}'?`}`, {
      suggestion:
        nearest === undefined ? `The known options are ${names.sort().join(', ')}.` : `Rename it to '${nearest}' or remove it.`,
      ...facts,
      field: option,
      code: 'unknown_option',
    });
  }
}

/** The object's state does not allow the call, for example a command in a sandbox that ended. */
export class FailedPreconditionError extends ComputeError {
  override readonly name = 'FailedPreconditionError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'failed_precondition' });
  }
}
