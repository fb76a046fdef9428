// What every call that talks to a provider accepts.

/** Options common to every call. */
export interface CallOptions {
  /** Aborts the call: it rejects with an `AbortError`. */
  signal?: AbortSignal | undefined;
}
