import { describe, expect, it } from 'vitest';

import { StdinPipe } from './stdin-pipe.js';

class Target {
  received = '';
  closed = false;
  broken = false;
  gate: Promise<void> = Promise.resolve();

  async writeStdin(chunk: Uint8Array): Promise<void> {
    await this.gate;
    if (this.broken) throw new Error('EPIPE');
    this.received += Buffer.from(chunk).toString();
  }

  closeStdin(): void {
    this.closed = true;
  }
}

const bytes = (text: string) => Buffer.from(text);

async function* stream(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

describe('StdinPipe', () => {
  it('drops what a retry writes again', async () => {
    const target = new Target();
    const stdin = new StdinPipe(target);
    await stdin.write(0, bytes('hello'), false);
    await stdin.write(0, bytes('hello'), false);
    await stdin.write(3, bytes('lo world'), true);
    expect(target).toMatchObject({ received: 'hello world', closed: true });
  });

  it('counts messages for clients that do, and drops those that come again', async () => {
    const target = new Target();
    const stdin = new StdinPipe(target);
    await stdin.writeMessage(1, bytes('a'), false);
    await stdin.writeMessage(1, bytes('a'), false);
    await expect(stdin.writeMessage(3, bytes('c'), false)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    await stdin.writeMessage(2, bytes('b'), true);
    expect(target).toMatchObject({ received: 'ab', closed: true });
  });

  it('refuses a gap', async () => {
    const stdin = new StdinPipe(new Target());
    await expect(stdin.write(3, bytes('x'), false)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('closes at offset 0 whatever was written before', async () => {
    const target = new Target();
    const stdin = new StdinPipe(target);
    await stdin.write(0, bytes('abc'), false);
    await stdin.write(0, bytes(''), true);
    expect(target).toMatchObject({ received: 'abc', closed: true });
    await expect(stdin.write(3, bytes('d'), false)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('says that the process no longer reads', async () => {
    const target = new Target();
    target.broken = true;
    await expect(new StdinPipe(target).write(0, bytes('abc'), false)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  it('closes at the end of a stream', async () => {
    const target = new Target();
    const stdin = new StdinPipe(target);
    await stdin.writeStream(0, stream('ab', 'cd'));
    expect(target).toMatchObject({ received: 'abcd', closed: true });
    expect(stdin.status()).toEqual({ bytesWritten: 4, closed: true });
  });

  it('stays open when a stream breaks off, and takes it up where it was', async () => {
    const target = new Target();
    const stdin = new StdinPipe(target);
    await expect(
      stdin.writeStream(
        0,
        (async function* () {
          yield bytes('ab');
          throw new Error('connection lost');
        })(),
      ),
    ).rejects.toThrow('connection lost');
    expect(stdin.status()).toEqual({ bytesWritten: 2, closed: false });
    await stdin.writeStream(2, stream('cd'));
    expect(target).toMatchObject({ received: 'abcd', closed: true });
  });

  it('cuts off a stream when its status is asked for', async () => {
    const target = new Target();
    const stdin = new StdinPipe(target);
    let more: (text: string) => void = () => undefined;
    const next = new Promise<string>((resolve) => (more = resolve));
    const writing = stdin.writeStream(
      0,
      (async function* () {
        yield bytes('ab');
        yield bytes(await next);
      })(),
    );
    const refused = expect(writing).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    while (target.received !== 'ab') await new Promise(setImmediate);
    expect(stdin.status()).toEqual({ bytesWritten: 2, closed: false });
    more('late');
    await refused;
    await stdin.writeStream(2, stream('cd'));
    expect(target.received).toBe('abcd');
  });

  it('writes in the order of the calls while the process is slow', async () => {
    const target = new Target();
    let open: () => void = () => undefined;
    target.gate = new Promise((resolve) => (open = resolve));
    const stdin = new StdinPipe(target);
    const writes = [stdin.write(0, bytes('a'), false), stdin.write(1, bytes('b'), false), stdin.write(0, bytes('ab'), true)];
    open();
    await Promise.all(writes);
    expect(target).toMatchObject({ received: 'ab', closed: true });
  });
});
