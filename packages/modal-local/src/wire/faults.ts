// Faults that a test suite asks for: calls that are late, fail, or lose their answer. What strikes is decided here, for
// every call of both services, before anything else of the engine sees it.

import { setTimeout as sleep } from 'node:timers/promises';

import { Status, type CallContext, type ServerMiddlewareCall } from 'nice-grpc-common';

import { EngineError, type EngineErrorCode } from '../engine/errors.js';
import { METHODS } from './gen/schema.js';

export interface Fault {
  /** The calls that it strikes, by RPC name, `*` for any characters: `SandboxCreateV2`, `Task*`. Every call when absent. */
  rpc?: string;
  /** Strikes so many matching calls, then no more. Every one when absent. */
  times?: number;
  /** Strikes this share of the matching calls, from 0 to 1; the engine's seed decides which. Default 1. */
  share?: number;
  /** Milliseconds that the call waits for before anything else happens. Default 0. */
  delayMs?: number;
  /** The gRPC status that the call fails with. Without it the call is late, and served. */
  code?: EngineErrorCode;
  /** The text of the failure. */
  message?: string;
  /** With `code`: the server's hint after how many milliseconds to try again (Modal's RPCRetryPolicy), for throttling. */
  retryAfterMs?: number;
  /** With `code`: the call does its work first, and only its answer is lost. Default false. */
  answerLost?: boolean;
}

interface ArmedFault {
  fault: Fault;
  matches: (rpc: string) => boolean;
  left: number;
}

export class Faults {
  readonly #chance: () => number;
  #armed: ArmedFault[] = [];

  /** `chance` draws from 0 up to 1. */
  constructor(chance: () => number) {
    this.#chance = chance;
  }

  /** Of several faults for one call the first one strikes. Throws INVALID_ARGUMENT. */
  inject(fault: Fault): void {
    checkFault(fault);
    this.#armed.push({ fault, matches: matcher(fault.rpc ?? '*'), left: fault.times ?? Infinity });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that strikes this call. */
  strike(rpc: string): Fault | undefined {
    const armed = this.#armed.find(({ fault: { share = 1 }, matches }) => matches(rpc) && (share === 1 || this.#chance() < share));
    if (!armed) return undefined;
    armed.left -= 1;
    if (armed.left <= 0) this.#armed = this.#armed.filter((other) => other !== armed);
    return armed.fault;
  }
}

export function faultsMiddleware(faults: Faults) {
  return async function* <Request, Response>(call: ServerMiddlewareCall<Request, Response>, context: CallContext) {
    const fault = faults.strike(nameOf(call.method.path));
    if (!fault) return yield* call.next(call.request, context);
    if (fault.delayMs) await sleep(fault.delayMs, undefined, { signal: context.signal });
    if (fault.code === undefined) return yield* call.next(call.request, context);
    if (fault.answerLost) await finish(call.next(call.request, context));
    const { code, message = `Injected: ${code}`, retryAfterMs } = fault;
    throw new EngineError(code, message, retryAfterMs === undefined ? {} : { retryAfterSeconds: retryAfterMs / 1000 });
  };
}

/** Whatever comes of it. */
async function finish(answer: AsyncGenerator<unknown, unknown>): Promise<void> {
  while (!(await answer.next()).done);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function matcher(pattern: string): (rpc: string) => boolean {
  const expression = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);
  return (rpc) => expression.test(rpc);
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

function checkFault({ rpc, times, share, delayMs, code, message, retryAfterMs, answerLost }: Fault): void {
  if (rpc !== undefined && !METHODS.some(({ name }) => matcher(rpc)(name))) {
    throw invalid(`rpc: no call of Modal's API is named '${rpc}'; names are like SandboxCreateV2 or TaskExec*`);
  }
  if (times !== undefined && !(Number.isInteger(times) && times > 0)) throw invalid(`times: expected a whole number above 0, got ${times}`);
  if (share !== undefined && !(share >= 0 && share <= 1)) throw invalid(`share: expected a number from 0 to 1, got ${share}`);
  if (delayMs !== undefined && !(delayMs >= 0 && delayMs <= 0x7fff_ffff)) throw invalid(`delayMs: expected milliseconds of 0 or more, got ${delayMs}`);
  if (retryAfterMs !== undefined && !(retryAfterMs >= 0)) throw invalid(`retryAfterMs: expected milliseconds of 0 or more, got ${retryAfterMs}`);
  if (code !== undefined && !(code in Status)) throw invalid(`code: '${String(code)}' is not the name of a gRPC status`);
  const needsCode = Object.entries({ message, retryAfterMs, answerLost }).find(([, value]) => value !== undefined);
  if (code === undefined && needsCode) throw invalid(`${needsCode[0]}: it describes a failure, which needs a code`);
  if (code === undefined && delayMs === undefined) throw invalid('A fault needs a delayMs, a code, or both');
}

function invalid(message: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', message);
}
