// How Modal tells that a sandbox is ready: a port that accepts, or a program that succeeds.

import { InvalidArgumentError, rejectUnknownOptions } from 'computesdk';
import { Probe } from 'modal';

import * as is from '../options/kinds.js';

/** Ready when `port` accepts connections, or when `command` exits with 0; a Probe of the SDK is taken as it is. */
export type ReadinessProbe =
  | { port: number; interval?: number | undefined }
  | { command: readonly string[]; interval?: number | undefined }
  | Probe;

/** `interval` is in whole milliseconds, default 100. */
export function resolveProbe(input: ReadinessProbe): Probe {
  if (input instanceof Probe) return input;
  rejectUnknownOptions(input, ['port', 'command', 'interval'], 'readinessProbe');
  const intervalMs = Math.ceil(input.interval ?? 100);
  is.milliseconds('readinessProbe.interval', intervalMs);
  if ('port' in input && 'command' in input) {
    throw new InvalidArgumentError('readinessProbe takes port or command, not both', { field: 'readinessProbe' });
  }
  if ('port' in input) {
    is.port('readinessProbe.port', input.port);
    return Probe.withTcp(input.port, { intervalMs });
  }
  is.listOf(is.argument)('readinessProbe.command', input.command);
  return Probe.withExec([...input.command], { intervalMs });
}
