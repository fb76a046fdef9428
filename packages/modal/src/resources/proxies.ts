// A Modal proxy gives sandboxes one fixed outbound address.

import type { Proxy as ModalProxy } from 'modal';
import { type ModalClient } from 'modal';

import { omitUndefined } from '../options/omit-undefined.js';

/** The name of a proxy, or a Proxy of the SDK. */
export type ProxyInput = string | ModalProxy;

/** Throws NotFoundError when there is no proxy of this name. */
export async function resolveProxy(client: ModalClient, input: ProxyInput, environment: string | undefined): Promise<ModalProxy> {
  return typeof input === 'string' ? client.proxies.fromName(input, omitUndefined({ environment })) : input;
}
