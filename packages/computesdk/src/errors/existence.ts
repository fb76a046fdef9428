// What was named is not there, or is there already.

import { ComputeError, type ErrorFacts } from './compute-error.js';

export interface NotFoundFacts extends ErrorFacts {
  code?: 'not_found' | 'sandbox_not_found' | 'file_not_found' | undefined;
}

/** The named image, snapshot, template, secret or volume does not exist. */
export class NotFoundError extends ComputeError {
  override readonly name: string = 'NotFoundError';

  constructor(message: string, facts: NotFoundFacts = {}) {
    super(message, { ...facts, code: facts.code ?? 'not_found' });
  }
}

/** No sandbox has this id, or it is gone. */
export class SandboxNotFoundError extends NotFoundError {
  override readonly name = 'SandboxNotFoundError';
  readonly sandboxId: string;

  constructor(sandboxId: string, facts: ErrorFacts = {}) {
    super(`Sandbox ${sandboxId} not found`, {
      suggestion: 'It may have been destroyed or reached its time limit: create a new one.',
      ...facts,
      code: 'sandbox_not_found',
    });
    this.sandboxId = sandboxId;
  }
}

/** Nothing is at this path of the sandbox. */
export class FileNotFoundError extends NotFoundError {
  override readonly name = 'FileNotFoundError';
  readonly path: string;

  constructor(path: string, facts: ErrorFacts = {}) {
    super(`No such file or directory: ${path}`, { ...facts, code: 'file_not_found' });
    this.path = path;
  }
}

/** The name or path is taken. */
export class AlreadyExistsError extends ComputeError {
  override readonly name = 'AlreadyExistsError';

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, { ...facts, code: 'already_exists' });
  }
}
