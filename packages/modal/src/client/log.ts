// The SDK repeats its warnings for every sandbox; once each is enough.

import type { Logger } from 'modal';

// Said when the API is on this machine's loopback, where plain text is what is meant.
const expected = /insecure TLS/;

// Some warnings name a sandbox: a server that runs for ever has no end of them.
const remembered = 1000;

/** A logger to the console that prints each distinct warning once, as long as it is remembered. */
export function consoleLogger(): Logger {
  const seen = new Set<string>();
  return {
    debug: (message, ...args) => console.debug(line(message, args)),
    info: (message, ...args) => console.info(line(message, args)),
    warn(message, ...args) {
      const text = line(message, args);
      if (seen.has(text) || expected.test(message)) return;
      if (seen.size === remembered) seen.clear();
      seen.add(text);
      console.warn(text);
    },
    error: (message, ...args) => console.error(line(message, args)),
  };
}

/** The SDK passes names and values in turn. */
function line(message: string, args: readonly unknown[]): string {
  const facts = args.map((value, index) => (index % 2 === 0 ? ` ${String(value)}=` : String(value)));
  return `[modal] ${message}${facts.join('')}`;
}
