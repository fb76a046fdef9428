// What every body has: a known action, and no field that the protocol does not know.

import { InvalidArgumentError } from '../errors/invalid.js';
import { nearestName } from '../options/nearest-name.js';
import { rejectUnknownOptions } from '../options/reject-unknown.js';
import { actions, type ComputeAction, isActionName } from './actions/table.js';
import { fieldNames } from './fields.js';

/** A body whose action is known; its other fields are checked by the action. */
export interface Envelope {
  action: ComputeAction;
  /** Empty when the body names none. */
  sandboxId: string;
  body: Readonly<Record<string, unknown>>;
}

/** Throws InvalidArgumentError or UnknownOptionError. */
export function readEnvelope(body: unknown): Envelope {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidArgumentError('Request body must be a JSON object', {
      field: 'request',
      suggestion: 'Send JSON such as { "action": "compute.sandbox.create" }, and parse it before the handler where the framework does not.',
    });
  }
  const fields: Record<string, unknown> = { ...body };
  const { action } = fields;
  if (action === undefined || action === '') throw new InvalidArgumentError('action is required', { field: 'action' });
  if (typeof action !== 'string') throw new InvalidArgumentError('action must be a string', { field: 'action' });
  if (!isActionName(action)) throw unknownAction(action);
  rejectUnknownOptions(fields, fieldNames, 'request');
  return { action, sandboxId: sandboxIdOf(body), body: fields };
}

/** The sandbox that a body names, else empty. */
export function sandboxIdOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('sandboxId' in body)) return '';
  return typeof body.sandboxId === 'string' ? body.sandboxId : '';
}

function unknownAction(action: string): InvalidArgumentError {
  const nearest = nearestName(action, Object.keys(actions));
  return new InvalidArgumentError(`Unknown action: ${action}`, {
    field: 'action',
    suggestion: nearest ? `Did you mean ${nearest}?` : `The actions are ${Object.keys(actions).join(', ')}.`,
  });
}
