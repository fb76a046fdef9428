// What a registry secret of Modal's holds, as a user name and a password.

import { ImageError } from '../image-error.js';
import { ecrPassword } from './ecr.js';

export type RegistryAuth =
  | { kind: 'none' }
  /** `REGISTRY_USERNAME` and `REGISTRY_PASSWORD`. */
  | { kind: 'static'; env: Readonly<Record<string, string>> }
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, perhaps `AWS_SESSION_TOKEN`: exchanged with AWS for a password. */
  | { kind: 'aws'; env: Readonly<Record<string, string>> }
  /** `SERVICE_ACCOUNT_JSON`: Google's registries take the key itself. */
  | { kind: 'gcp'; env: Readonly<Record<string, string>> };

export interface RegistryCredentials {
  username: string;
  password: string;
}

/** Throws BAD_CREDENTIALS for a secret that lacks what it needs; what is secret stays out of messages. */
export async function credentialsOf(auth: RegistryAuth, registry: string): Promise<RegistryCredentials | undefined> {
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'static':
      return { username: required(auth.env, 'REGISTRY_USERNAME'), password: required(auth.env, 'REGISTRY_PASSWORD') };
    case 'gcp':
      return { username: '_json_key', password: serviceAccount(required(auth.env, 'SERVICE_ACCOUNT_JSON')) };
    case 'aws':
      return {
        username: 'AWS',
        password: await ecrPassword({
          accessKeyId: required(auth.env, 'AWS_ACCESS_KEY_ID'),
          secretAccessKey: required(auth.env, 'AWS_SECRET_ACCESS_KEY'),
          sessionToken: auth.env['AWS_SESSION_TOKEN'],
          region: auth.env['AWS_REGION'] ?? regionOf(registry),
          endpoint: auth.env['AWS_ENDPOINT_URL_ECR'],
        }),
      };
  }
}

function required(env: Readonly<Record<string, string>>, key: string): string {
  const value = env[key];
  if (value === undefined || value === '') throw new ImageError('BAD_CREDENTIALS', `The registry secret has no ${key}. Create it with that key and use it again`);
  return value;
}

function serviceAccount(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    throw new ImageError('BAD_CREDENTIALS', "The registry secret's SERVICE_ACCOUNT_JSON is not JSON: it has to be the content of a service account's key file", { cause: error });
  }
}

function regionOf(registry: string): string {
  const region = /\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/.exec(registry)?.[1];
  if (region === undefined) throw new ImageError('BAD_CREDENTIALS', 'The registry secret has no AWS_REGION, and the name of the registry tells none');
  return region;
}
