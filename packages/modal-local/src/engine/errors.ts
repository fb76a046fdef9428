// What the domain throws for a caller's mistake or an object's state. The wire layer maps `code` to
// a gRPC status of the same name; anything else that is thrown is a defect and becomes INTERNAL.

export type EngineErrorCode =
  | 'ALREADY_EXISTS'
  | 'DEADLINE_EXCEEDED'
  | 'FAILED_PRECONDITION'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED';

export interface EngineErrorOptions extends ErrorOptions {
  /** Seconds after which the caller may try again; sent as Modal's RPCRetryPolicy. */
  retryAfterSeconds?: number;
}

/** An expected failure: `message` says what to do about it. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: EngineErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
