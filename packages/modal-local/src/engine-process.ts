// The engine's process. It lives in a mount namespace of its own, which its parent has given it, and ends with its parent.

import { startLocalEngine, type LocalEngine } from './local-engine.js';
import type { EngineAction } from './engine-controls.js';
import type { FromEngine, ToEngine } from './engine-messages.js';
import { diskFull } from './runtime/host/disk-full.js';

let starting: Promise<LocalEngine> | undefined;
let stopping: Promise<void> | undefined;

process.on('message', (message: ToEngine) => void handle(message));
process.on('disconnect', () => void stop());
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
// A defect in one call must not end the sandboxes of all others.
process.on('unhandledRejection', (error) => console.error(`Unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`));
// Its reader, the parent, may be gone already; then nobody is left to tell.
process.stderr.on('error', () => undefined);

async function handle(message: ToEngine): Promise<void> {
  switch (message.kind) {
    case 'start':
      starting = startLocalEngine(message.settings);
      return await starting.then(({ port, stateDir, authorityPath, warnings }) => tell({ kind: 'ready', port, stateDir, authorityPath, warnings }), fail);
    case 'perform':
      return await perform(message.call, message.action);
    case 'stop':
      return await stop();
  }
}

async function perform(call: number, action: EngineAction): Promise<void> {
  try {
    if (!starting) throw new Error('The engine has not been started');
    tell({ kind: 'done', call, now: await (await starting).perform(action) });
  } catch (error) {
    tell({ kind: 'refused', call, message: textOf(error) });
  }
}

function stop(): Promise<void> {
  return (stopping ??= shutDown());
}

async function shutDown(): Promise<void> {
  try {
    await (await starting)?.stop();
    tell({ kind: 'stopped' });
  } catch (error) {
    console.error(`The engine did not stop cleanly: ${textOf(error)}`);
    process.exitCode = 1;
  }
  process.exit();
}

function fail(error: unknown): void {
  tell({ kind: 'failed', message: textOf(error) });
  process.exit(1);
}

function tell(message: FromEngine): void {
  if (process.connected) process.send?.(message);
}

function textOf(error: unknown): string {
  return diskFull(error) ?? (error instanceof Error ? error.message : String(error));
}
