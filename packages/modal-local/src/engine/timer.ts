// Timers of any length: Node's own fire at once beyond 2^31 milliseconds.

const LONGEST_MS = 0x7fff_ffff;

/** Does not keep the process alive; the result calls it off. Infinity never comes. */
export function afterRealTime(milliseconds: number, action: () => void): () => void {
  if (milliseconds === Infinity) return () => undefined;
  let timer: NodeJS.Timeout;
  const arm = (left: number) => {
    timer = setTimeout(() => (left > LONGEST_MS ? arm(left - LONGEST_MS) : action()), Math.min(Math.max(left, 0), LONGEST_MS)).unref();
  };
  arm(milliseconds);
  return () => clearTimeout(timer);
}
