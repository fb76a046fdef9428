// Secrets: by name, as plain values, or as the SDK's own object.

import { checkEnvironment, InvalidArgumentError, rejectUnknownOptions } from 'computesdk';
import { type ModalClient, Secret } from 'modal';

import { omitUndefined } from '../options/omit-undefined.js';

/** A named secret of the environment, with the keys that it must have. */
export interface NamedSecret {
  name: string;
  /** Fail unless the secret has all of these. */
  requiredKeys?: string[] | undefined;
}

/** The name of a secret, a NamedSecret, `{ values }` that are sent with each create, or a Secret of the SDK. */
export type SecretInput = string | NamedSecret | { values: Record<string, string> } | Secret;

/** Throws NotFoundError when a named secret or one of its keys is missing. */
export async function resolveSecret(client: ModalClient, input: SecretInput, environment: string | undefined): Promise<Secret> {
  if (input instanceof Secret) return input;
  const place = omitUndefined({ environment });
  if (typeof input === 'string') return client.secrets.fromName(input, place);
  if ('values' in input) {
    checkEnvironment('secrets.values', input.values);
    return client.secrets.fromObject(input.values, place);
  }
  rejectUnknownOptions(input, ['name', 'requiredKeys', 'values'], 'an entry of secrets');
  const { name, requiredKeys } = input;
  if (typeof name !== 'string') throw new InvalidArgumentError('A secret needs a name or values', { field: 'secrets' });
  return client.secrets.fromName(name, { ...place, ...omitUndefined({ requiredKeys }) });
}
