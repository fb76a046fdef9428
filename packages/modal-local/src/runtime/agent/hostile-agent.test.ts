// The agent runs beside hostile code: whatever comes out of its socket, the engine stays well and says what happened.

import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { connectAgent } from './connect-agent.js';
import type { AgentConnection } from './connection.js';
import { AgentError } from './errors.js';
import { encodeHeader, encodeNumbers, Kind, VERSION, WINDOW_TO_ENGINE } from './frames.js';
import { Collector, specify } from '../testing/start-test-agent.js';

const HELLO = encodeNumbers(Kind.Hello, 0, 0, [4, VERSION]);
const started = (id: number): Buffer => encodeNumbers(Kind.Started, 0, id, [4, 42]);

function connect(): { agent: AgentConnection; socket: Duplex } {
  const [engineSide, agentSide] = duplexPair();
  agentSide.on('error', () => undefined);
  agentSide.resume();
  return { agent: connectAgent(engineSide), socket: agentSide };
}

function data(id: number, stream: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([encodeHeader(Kind.Data, stream, id, bytes.length), bytes]);
}

async function failureAfter(...frames: Buffer[]): Promise<unknown> {
  const { agent, socket } = connect();
  socket.write(HELLO);
  await agent.ready;
  const sinks = { stdout: new Collector(), stderr: new Collector() };
  const starting = agent.start(specify(['true'], { stdin: 'pipe' }), sinks);
  const result = starting.then((process) => process.exited).catch((error: unknown) => error);
  for (const frame of frames) socket.write(frame);
  await agent.closed;
  await Promise.all([sinks.stdout.ended, sinks.stderr.ended]);
  return result;
}

describe('connectAgent', () => {
  it.each<[string, Buffer[]]>([
    ['a frame for an unknown id', [encodeHeader(Kind.End, 1, 99, 0)]],
    ['a second greeting', [HELLO]],
    ['an unknown kind', [encodeHeader(0x55, 0, 1, 0)]],
    ['output before the start', [data(1, 1, Buffer.from('x'))]],
    ['an exit before the start', [encodeNumbers(Kind.Exited, 0, 1, [2, 0], [4, 0])]],
    ['a second start', [started(1), started(1)]],
    ['output on a stream that does not exist', [started(1), data(1, 3, Buffer.from('x'))]],
    ['output on stdin', [started(1), data(1, 0, Buffer.from('x'))]],
    ['output after the end', [started(1), encodeHeader(Kind.End, 1, 1, 0), data(1, 1, Buffer.from('x'))]],
    ['a second end', [started(1), encodeHeader(Kind.End, 2, 1, 0), encodeHeader(Kind.End, 2, 1, 0)]],
    ['a release of what still runs', [started(1), encodeHeader(Kind.Released, 0, 1, 0)]],
    ['credit that nothing was sent for', [started(1), encodeNumbers(Kind.Credit, 0, 1, [4, 1])]],
    ['an impossible exit code', [started(1), encodeNumbers(Kind.Exited, 0, 1, [2, 0], [4, 256])]],
    ['an impossible signal', [started(1), encodeNumbers(Kind.Exited, 0, 1, [2, 1], [4, 0])]],
    ['a dial\'s answer to a start', [encodeHeader(Kind.Connected, 0, 1, 0)]],
  ])('closes the connection after %s', async (_name, frames) => {
    const failure = await failureAfter(...frames);
    expect(failure).toBeInstanceOf(AgentError);
    expect(failure).toMatchObject({ code: 'AGENT_PROTOCOL' });
  });

  it('closes the connection of an agent that sends more than it has credit for', async () => {
    const { agent, socket } = connect();
    socket.write(HELLO);
    const never = { write: () => new Promise<void>(() => undefined), end: () => undefined };
    const starting = agent.start(specify(['yes']), { stdout: never, stderr: never });
    socket.write(started(1));
    const process = await starting;
    const chunk = Buffer.alloc(64 << 10);
    for (let sent = 0; sent <= WINDOW_TO_ENGINE; sent += chunk.length) socket.write(data(1, 1, chunk));
    await expect(process.exited).rejects.toMatchObject({ code: 'AGENT_PROTOCOL' });
  });

  it('closes the connection of an agent of another version, naming both', async () => {
    const { agent, socket } = connect();
    socket.write(encodeNumbers(Kind.Hello, 0, 0, [4, VERSION + 1]));
    await expect(agent.ready).rejects.toThrow(/version 2, this engine 1/);
    await agent.closed;
  });

  it('rejects what is under way when the agent dies, and what is asked afterwards', async () => {
    const { agent, socket } = connect();
    socket.write(HELLO);
    const sinks = { stdout: new Collector(), stderr: new Collector() };
    const starting = agent.start(specify(['cat'], { stdin: 'pipe' }), sinks);
    socket.write(started(1));
    const process = await starting;
    const written = process.writeStdin(Buffer.from('x'));
    const dialling = agent.dial(80);
    socket.end();
    const underWay = await Promise.allSettled([process.exited, written, dialling]);
    const afterwards = await Promise.allSettled([agent.dial(80), agent.start(specify(['true']), sinks), process.writeStdin(Buffer.from('x'))]);
    for (const outcome of [...underWay, ...afterwards]) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'AGENT_GONE' } });
    }
    await agent.closed;
  });

  it('survives any frames', async () => {
    const kinds = Object.values(Kind);
    const frame = fc.record({ kind: fc.constantFrom(...kinds), stream: fc.nat(3), id: fc.nat(4), payload: fc.uint8Array({ maxLength: 12 }) });
    const property = fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
      const { agent, socket } = connect();
      socket.write(HELLO);
      const outcomes = [
        agent.start(specify(['a'], { stdin: 'pipe' }), { stdout: new Collector(), stderr: new Collector() }).then((process) => process.exited),
        agent.start(specify(['b'], { pty: { rows: 1, columns: 1 } }), { stdout: new Collector(), stderr: new Collector() }),
        agent.dial(80).then((connection) => void connection.on('error', () => undefined)),
      ].map((outcome) => outcome.catch((error: unknown) => error));
      for (const { kind, stream, id, payload } of frames) socket.write(Buffer.concat([encodeHeader(kind, stream, id, payload.length), payload]));
      socket.end();
      await agent.closed;
      for (const outcome of await Promise.all(outcomes)) {
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(AgentError);
      }
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
