// Whether the OOM killer has struck in a container whose entrypoint has just ended.

import type { SandboxDrivers } from './drivers.js';
import type { Machine } from './machine.js';

/** False, and reported, when it cannot be told. */
export async function oomKilled(id: string, { container }: Machine, reportDefect: SandboxDrivers['reportDefect']): Promise<boolean> {
  try {
    return await container.oomKilled();
  } catch (error) {
    reportDefect(`memory of ${id}`, error);
    return false;
  }
}
