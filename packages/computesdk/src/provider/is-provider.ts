// Providers come from other packages, often with a copy of this one: shape tells, not `instanceof`.

import type { Provider } from './provider.js';

/** Whether `value` has what a provider must have: `sandbox.create`, `sandbox.getById` and `sandbox.destroy`. */
export function isProvider(value: unknown): value is Provider {
  if (!isRecord(value) || !isRecord(value['sandbox'])) return false;
  const { create, getById, destroy } = value['sandbox'];
  return [create, getById, destroy].every((method) => typeof method === 'function');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
