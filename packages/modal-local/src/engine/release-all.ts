/** Runs every release in order, even if one fails; then rejects with an AggregateError of this message. */
export async function releaseAll(releases: readonly (() => void | PromiseLike<void>)[], message: string): Promise<void> {
  const failures: unknown[] = [];
  for (const release of releases) {
    try {
      await release();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${message}: ${failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('; ')}`);
}
