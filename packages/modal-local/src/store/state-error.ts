// The state directory is not as it should be, and its owner has to do something about it: the message says what.

export class StateError extends Error {
  override readonly name: string = 'StateError';
}
