// The singleton that most programs use.

import type { CallableCompute } from './api.js';
import { createCompute } from './create-compute.js';

/**
 * One `compute` for the whole program: `compute.setConfig({ defaultProvider })`, then `compute.sandbox.create()`.
 * Called as a function it returns a separate one: `compute({ provider })`.
 */
export const compute: CallableCompute = Object.assign(createCompute.bind(undefined), createCompute());
