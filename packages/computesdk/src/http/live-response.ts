// Output while it is written: Server-Sent Events `stdout`, `stderr`, and one last `result`.

import type { LiveOutput } from './actions/action.js';
import type { Answer } from './perform.js';

/** Milliseconds between comments that keep idle connections of proxies open. */
const heartbeatMs = 15_000;

/** Events from the moment the program runs, or the plain answer when it never came to that. */
export type LiveOutcome = { events: ReadableStream<Uint8Array> } | Answer;

/** Resolves as soon as `run` opens its output, or ends without. `abort` is called when the client stops reading. */
export async function runLive(run: (live: LiveOutput) => Promise<Answer>, abort: () => void): Promise<LiveOutcome> {
  const events = eventStream(abort);
  return new Promise((resolve, reject) => {
    const live: LiveOutput = {
      open: () => resolve({ events: events.stream }),
      stdout: (data) => events.send('stdout', { data }),
      stderr: (data) => events.send('stderr', { data }),
    };
    run(live).then((answer) => {
      events.send('result', answer.response);
      events.close();
      resolve(answer);
    }, reject);
  });
}

function eventStream(onCancel: () => void) {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const heartbeat = setInterval(() => controller?.enqueue(encoder.encode(':\n\n')), heartbeatMs);

  function close(): void {
    clearInterval(heartbeat);
    controller?.close();
    controller = undefined;
  }

  const stream = new ReadableStream<Uint8Array>({
    start(opened) {
      controller = opened;
    },
    cancel() {
      clearInterval(heartbeat);
      controller = undefined;
      onCancel();
    },
  });

  function send(event: string, data: object): void {
    controller?.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  return { stream, send, close };
}
