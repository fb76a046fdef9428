import { describe, expect, test } from 'vitest';
import * as errors from './index.js';

test('every error is a ComputeError with its code, its retryability and its cause', () => {
  const cause = new Error('wire');
  const error = new errors.UnavailableError('The service is away', { cause, suggestion: 'Try again in a minute.' });
  expect(error).toBeInstanceOf(errors.ComputeError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'UnavailableError', code: 'unavailable', retryable: true, cause });
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: 'unavailable',
    message: 'The service is away',
    retryable: true,
    suggestion: 'Try again in a minute.',
  });
});

test('isComputeError knows errors of another copy of the package, and nothing else', () => {
  const foreign = Object.assign(new Error('x'), { [Symbol.for('computesdk.ComputeError')]: true });
  expect(errors.isComputeError(foreign)).toBe(true);
  expect(errors.isComputeError(new errors.SandboxNotFoundError('sb-1'))).toBe(true);
  expect([new Error('x'), null, 'x', { code: 'timeout' }].some(errors.isComputeError)).toBe(false);
});

test('an aborted call has the name that the web platform gives it', () => {
  expect(new errors.AbortedError().name).toBe('AbortError');
  expect(() => errors.AbortedError.throwIfAborted(AbortSignal.abort('why'))).toThrow(errors.AbortedError);
  expect(() => errors.AbortedError.throwIfAborted(undefined)).not.toThrow();
});

test('facts of an error travel with it', () => {
  expect(new errors.RateLimitError('Slow down', { retryAfterMs: 1500 }).toJSON()).toMatchObject({ retryable: true, retryAfterMs: 1500 });
  expect(new errors.InvalidArgumentError('cpu must be positive', { field: 'cpu' }).toJSON()).toMatchObject({ field: 'cpu' });
  expect(new errors.FileNotFoundError('/a')).toMatchObject({ path: '/a', code: 'file_not_found' });
  expect(new errors.CodeSyntaxError('line 1: invalid syntax').message).toBe('Syntax error: line 1: invalid syntax');
});

describe('CommandExitError', () => {
  test('carries the result and is known by its shape', () => {
    const error = new errors.CommandExitError({ exitCode: 3, stdout: 'out', stderr: 'err' });
    expect(error.message).toBe('Command exited with code 3');
    expect(errors.isCommandExitError(error)).toBe(true);
    expect(errors.isCommandExitError({ name: error.name, result: error.result })).toBe(true);
    expect([new Error('Command exited with code 3'), null, 'CommandExitError'].some(errors.isCommandExitError)).toBe(false);
  });
});

test('an unknown option suggests the nearest name, or lists all', () => {
  expect(new errors.UnknownOptionError('timout', ['timeout', 'image'], 'modal()').message).toBe(
    "Unknown option 'timout' of modal(): did you mean 'timeout'?",
  );
  const far = new errors.UnknownOptionError('colour', ['timeout', 'image'], 'modal()');
  expect(far.message).toBe("Unknown option 'colour' of modal()");
  expect(far.suggestion).toBe('The known options are image, timeout.');
});
