// Waiting until a sandbox is ready, as the three generations of the SDK ask.

import type { ReadinessProbe } from '../engine/sandboxes/readiness.js';
import { DEFAULT_PROBE_INTERVAL_MS } from '../engine/sandboxes/readiness.js';
import { EngineError } from '../engine/errors.js';
import { authorizedSandbox } from './auth.js';
import type { Probe } from './gen/modal/client.js';
import type { ControlHandlers, RouterHandlers, WireOptions } from './services.js';

export function readinessControlHandlers({ engine }: WireOptions): ControlHandlers {
  return {
    async sandboxWaitUntilReady({ sandboxId, timeout }, { signal }) {
      const readyAt = await engine.sandboxes.get(sandboxId).requireReadiness().wait(timeout * 1000, signal);
      return { readyAt: readyAt / 1000 };
    },
  };
}

export function readinessRouterHandlers({ engine }: WireOptions): RouterHandlers {
  return {
    async sandboxWaitUntilReady({ taskId, timeout }, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, taskId, context);
      const readyAt = await sandbox.requireReadiness().wait(timeout * 1000, context.signal);
      return { readyAt: readyAt / 1000 };
    },
  };
}

/** Throws INVALID_ARGUMENT. */
export function toProbe(probe: Probe): ReadinessProbe {
  const intervalMs = probe.intervalMs ?? DEFAULT_PROBE_INTERVAL_MS;
  if (probe.execCommand) return { kind: 'exec', argv: probe.execCommand.argv, intervalMs };
  if (probe.tcpPort !== undefined) return { kind: 'tcp', port: probe.tcpPort, intervalMs };
  throw new EngineError('INVALID_ARGUMENT', 'A readiness probe needs a port or a command');
}
