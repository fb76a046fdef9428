// One small interface to computers that run code you do not trust. It knows no provider.

export * from './compute/index.js';
export * from './errors/index.js';
export { nearestName } from './options/nearest-name.js';
export { rejectUnknownOptions } from './options/reject-unknown.js';
export * from './http/index.js';
export * from './provider/index.js';
export * from './sandbox/index.js';
