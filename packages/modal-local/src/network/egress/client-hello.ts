// Reads the name that a TLS client asks for (SNI) from the first bytes of its connection. The bytes come from a
// sandbox: every length is checked, and no more than a hello may be is waited for.

/** A hello is one handshake message; ours are well below this, post-quantum keys included. */
const HELLO_LIMIT = 16 * 1024;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME_EXTENSION = 0;

export type Hello = { kind: 'incomplete' } | { kind: 'hello'; serverName: string | undefined } | { kind: 'not-tls' };

export function parseClientHello(bytes: Buffer): Hello {
  try {
    const handshake = collectHandshake(bytes);
    if (handshake === undefined) return bytes.length > HELLO_LIMIT ? { kind: 'not-tls' } : { kind: 'incomplete' };
    return { kind: 'hello', serverName: serverNameOf(new Reader(handshake)) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'not-tls' };
    throw error;
  }
}

/** The body of the hello, out of one or more records; undefined while bytes are missing. Throws RangeError. */
function collectHandshake(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let collected = 0;
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== HANDSHAKE_RECORD || bytes[at + 1] !== 3 || length > HELLO_LIMIT) throw new RangeError('no TLS handshake');
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    collected += length;
    at += 5 + length;
    if (at > bytes.length) return undefined;
    const message = Buffer.concat(parts);
    if (message.length < 4) continue;
    if (message[0] !== CLIENT_HELLO) throw new RangeError('no client hello');
    const size = message.readUIntBE(1, 3);
    if (size > HELLO_LIMIT) throw new RangeError('a client hello of more than any client sends');
    if (collected >= size + 4) return message.subarray(4, size + 4);
  }
  return undefined;
}

function serverNameOf(hello: Reader): string | undefined {
  hello.take(2 + 32);
  hello.take(hello.number(1));
  hello.take(hello.number(2));
  hello.take(hello.number(1));
  if (hello.done) return undefined;
  const extensions = new Reader(hello.take(hello.number(2)));
  while (!extensions.done) {
    const type = extensions.number(2);
    const content = new Reader(extensions.take(extensions.number(2)));
    if (type !== SERVER_NAME_EXTENSION) continue;
    const names = new Reader(content.take(content.number(2)));
    if (names.number(1) !== 0) return undefined;
    return names.take(names.number(2)).toString('latin1').toLowerCase().replace(/\.$/, '');
  }
  return undefined;
}

/** Throws RangeError past the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  take(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) throw new RangeError('past the end');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}
