// The caller's time for a stream: when it is over the stream ends, and the caller opens it again where it was.

/** A signal that aborts with the call or after so many seconds, and whether it was the time. */
export function timed(call: AbortSignal, seconds: number): { signal: AbortSignal; over: () => boolean } {
  const timeout = AbortSignal.timeout(Math.min(seconds * 1000, 0x7fff_ffff));
  return { signal: AbortSignal.any([call, timeout]), over: () => timeout.aborted && !call.aborted };
}
