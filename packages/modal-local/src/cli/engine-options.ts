// The options that `serve` and `exec` share, as the launch of an engine wants them.

import { DISK_GIB, isDiskGiB, type LocalModalOptions } from '../local-modal-options.js';
import type { Fault } from '../wire/faults.js';
import { defaultStateDirectory } from '../store/state-directory.js';
import { parseNumber, parsePort, parseShare } from './options.js';
import { UsageError } from './usage-error.js';

export const ENGINE_OPTIONS = {
  port: { type: 'string' },
  'state-dir': { type: 'string' },
  ephemeral: { type: 'boolean' },
  loose: { type: 'boolean' },
  'disk-gib': { type: 'string' },
  'no-host-fallback': { type: 'boolean' },
  advertise: { type: 'string' },
  seed: { type: 'string' },
  latency: { type: 'string' },
  unavailable: { type: 'string' },
  inspect: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const ENGINE_OPTIONS_HELP = `  --port N          the port on 127.0.0.1 (default: a free one)
  --state-dir DIR   where images, volumes, secrets and queues are kept
                    (default: $XDG_STATE_HOME/modal-local or ~/.local/state/modal-local)
  --ephemeral       keep nothing: a temporary directory instead
  --loose           options that cannot be honoured become warnings instead of errors
  --disk-gib N      what a sandbox may write before it meets "no space left" (default: 20; 0: no limit)
  --no-host-fallback
                    refuse images whose registry cannot be reached, instead of standing in
                    for python, node, debian and ubuntu with this machine's own files
  --advertise URL   where clients reach the engine, when it is behind a proxy or a forwarded port

For tests of a program's behaviour:
  --seed TEXT       the same ids in each run
  --latency MS      every call waits so long first
  --unavailable P   this share of the calls, from 0 to 1, fails with UNAVAILABLE

For the engine's own developers:
  --inspect         open Node's inspector in the engine's process; its address is printed`;

interface EngineValues {
  port?: string | undefined;
  'state-dir'?: string | undefined;
  ephemeral?: boolean | undefined;
  loose?: boolean | undefined;
  'disk-gib'?: string | undefined;
  'no-host-fallback'?: boolean | undefined;
  advertise?: string | undefined;
  seed?: string | undefined;
  latency?: string | undefined;
  unavailable?: string | undefined;
}

/** Throws UsageError. */
export function toLaunchOptions(values: EngineValues): LocalModalOptions {
  const stateDir = values['state-dir'];
  if (values.ephemeral && stateDir !== undefined) throw new UsageError('--ephemeral and --state-dir exclude each other');
  return {
    port: values.port === undefined ? 0 : parsePort(values.port),
    loose: values.loose ?? false,
    ...(values['disk-gib'] === undefined ? {} : { diskGiB: parseDisk(values['disk-gib']) }),
    hostFallback: !(values['no-host-fallback'] ?? false),
    ...(values.advertise === undefined ? {} : { advertisedUrl: values.advertise }),
    ...(values.seed === undefined ? {} : { seed: values.seed }),
    faults: toFaults(values),
    ...(values.ephemeral ? {} : { stateDir: stateDir ?? defaultStateDirectory() }),
  };
}

/** Of several faults for one call only the first strikes: the one that fails has to be late, too. */
function toFaults({ latency, unavailable }: EngineValues): Fault[] {
  const delay = latency === undefined ? {} : { delayMs: parseNumber('--latency', latency) };
  if (unavailable === undefined) return latency === undefined ? [] : [delay];
  const failing: Fault = { ...delay, code: 'UNAVAILABLE', share: parseShare('--unavailable', unavailable) };
  return latency === undefined ? [failing] : [failing, delay];
}

/** Throws UsageError. */
function parseDisk(text: string): number {
  const gib = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || !isDiskGiB(gib)) throw new UsageError(`--disk-gib takes ${DISK_GIB}, got '${text}'`);
  return gib;
}
