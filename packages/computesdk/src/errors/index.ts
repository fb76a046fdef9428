// The one hierarchy of errors, for this package and for providers.

export type { ComputeErrorCode } from './code.js';
export * from './compute-error.js';
export * from './access.js';
export * from './capacity.js';
export * from './existence.js';
export * from './file.js';
export * from './interrupted.js';
export * from './invalid.js';
export * from './program.js';
export * from './service.js';
