// A Modal proxy gives sandboxes one fixed outbound address.

import { InvalidArgumentError } from 'computesdk';
import { type ModalClient, Proxy as ModalProxy } from 'modal';

import { omitUndefined } from '../options/omit-undefined.js';

/** The name of a proxy, or a Proxy of the SDK. */
export type ProxyInput = string | ModalProxy;

/** Throws NotFoundError when there is no proxy of this name. */
export async function resolveProxy(client: ModalClient, input: ProxyInput, environment: string | undefined): Promise<ModalProxy> {
  if (typeof input === 'string') return client.proxies.fromName(input, omitUndefined({ environment }));
  if (input instanceof ModalProxy) return input;
  throw new InvalidArgumentError("proxy must be a proxy's name or a Proxy of Modal's SDK", { field: 'proxy' });
}
