// Where clients reach an engine that is not at its own port for them.

export interface AdvertisedAddress {
  /** For `MODAL_SERVER_URL`. */
  clientUrl: string;
  /** For the data path: the SDK demands `https`, and speaks plaintext to this machine all the same. */
  routerUrl: string;
}

/** Throws an Error that says what is wrong. */
export function advertisedAddress(text: string): AdvertisedAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || (url.pathname !== '/' && url.pathname !== '') || url.username || url.search || url.hash) {
    throw new Error(`An advertised URL is like http://HOST:PORT, got '${text}'`);
  }
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return { clientUrl: url.origin, routerUrl: `https://${url.hostname}:${port}` };
}
