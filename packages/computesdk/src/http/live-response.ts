// Output while it is written: Server-Sent Events `stdout`, `stderr`, and one last `result`.

import { ComputeError } from '../errors/compute-error.js';
import type { LiveOutput } from './actions/action.js';
import { failureResponse } from './failure.js';
import type { Answer } from './perform.js';

/** Milliseconds between comments that keep idle connections of proxies open. */
const heartbeatMs = 15_000;

/** Events from the moment the program runs, or the plain answer when it never came to that. */
export type LiveOutcome = { events: ReadableStream<Uint8Array> } | Answer;

export interface LiveLimits {
  /** Bytes of events that may wait for the client. */
  maxWaitingBytes: number;
  /** Ends the run: the client has stopped reading, or reads too slowly. */
  abort: () => void;
}

/** Resolves as soon as `run` opens its output, or ends without. */
export async function runLive(run: (live: LiveOutput) => Promise<Answer>, { maxWaitingBytes, abort }: LiveLimits): Promise<LiveOutcome> {
  const events = eventStream(maxWaitingBytes, abort);
  let tooSlow: ComputeError | undefined;
  const sendOutput = (event: 'stdout' | 'stderr', data: string): void => {
    if (tooSlow || events.offer(event, { data })) return;
    tooSlow = slowClient(maxWaitingBytes);
    abort();
  };
  return new Promise((resolve, reject) => {
    const live: LiveOutput = {
      open: () => resolve({ events: events.stream }),
      stdout: (data) => sendOutput('stdout', data),
      stderr: (data) => sendOutput('stderr', data),
    };
    run(live).then(
      (answer) => {
        const { response } = answer;
        events.end('result', tooSlow ? failureResponse(tooSlow, response, response.provider) : response);
        resolve(answer);
      },
      (error: unknown) => {
        events.fail(error);
        reject(error);
      },
    );
  });
}

function slowClient(maxWaitingBytes: number): ComputeError {
  return new ComputeError(`More than ${maxWaitingBytes} bytes of output waited for the client: the program was ended`, {
    code: 'output_limit',
    suggestion: 'Read the events as they come, or let the program write to a file and read that.',
  });
}

function eventStream(maxWaitingBytes: number, onCancel: () => void) {
  const encoder = new TextEncoder();
  const encode = (event: string, data: object) => encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const room = (): number => controller?.desiredSize ?? 0;
  const heartbeat = setInterval(() => {
    if (room() === maxWaitingBytes) controller?.enqueue(encoder.encode(':\n\n'));
  }, heartbeatMs);

  function detach(): typeof controller {
    clearInterval(heartbeat);
    const last = controller;
    controller = undefined;
    return last;
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened;
      },
      cancel() {
        detach();
        onCancel();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxWaitingBytes }),
  );

  return {
    stream,
    /** Sends an event unless too much would wait then; without a reader any more, it is dropped. */
    offer(event: string, data: object): boolean {
      const bytes = encode(event, data);
      if (controller && bytes.length > room()) return false;
      controller?.enqueue(bytes);
      return true;
    },
    /** Sends the last event, whatever waits. */
    end(event: string, data: object): void {
      const last = detach();
      last?.enqueue(encode(event, data));
      last?.close();
    },
    fail: (error: unknown) => detach()?.error(error),
  };
}
