// The engine lives in a mount namespace of its own: its mounts end with it, however it ends, and what it takes out of
// its view of the host stays in the host's.

import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.js';
import { hasCode } from '../../error-code.js';
import { cgroupMode } from './cgroups.js';
import { runChecked } from './command.js';

const CGROUP_ROOT = '/sys/fs/cgroup';

/**
 * Call once, first of all, in the engine's process, which `unshare --mount --propagation private` has started.
 * Rejects with FAILED_PRECONDITION when the process is not root or not in a mount namespace of its own.
 */
export async function prepareMountNamespace(): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new EngineError('FAILED_PRECONDITION', 'the engine needs root to make sandboxes: start it with sudo');
  }
  if (isSharedWithParent()) {
    throw new EngineError(
      'FAILED_PRECONDITION',
      'the engine must run in a mount namespace of its own: start it with `unshare --mount --propagation private`',
    );
  }
  // Containers' roots pass through directories of ours; a caller's tighter mask would shut them out.
  process.umask(0o022);
  const mode = cgroupMode();
  if (mode === 'none') {
    throw new EngineError('FAILED_PRECONDITION', `no control groups are mounted on ${CGROUP_ROOT}; sandboxes cannot be limited without them`);
  }
  // crun takes a populated version 2 tree beside version 1 for a misconfigured host, and refuses to start.
  if (mode === 'hybrid') await runChecked(['umount', join(CGROUP_ROOT, 'unified')]);
  if (mode === 'v2') delegateControllers(CGROUP_ROOT);
}

/**
 * Lets child groups use the controllers that limits need. Inside a container the root group holds processes, and the
 * kernel then refuses: they move into a group of their own first.
 */
export function delegateControllers(root: string): void {
  const available = readFileSync(join(root, 'cgroup.controllers'), 'latin1').trim().split(/\s+/);
  const enabled = readFileSync(join(root, 'cgroup.subtree_control'), 'latin1').trim().split(/\s+/);
  const wanted = ['cpu', 'memory', 'pids'].filter((name) => available.includes(name) && !enabled.includes(name));
  if (wanted.length === 0) return;
  const enable = (): void => writeFileSync(join(root, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
  try {
    enable();
  } catch (error) {
    if (!hasCode(error, 'EBUSY')) throw error;
    moveProcesses(root, join(root, 'init'));
    enable();
  }
}

function moveProcesses(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const pid of readFileSync(join(from, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean)) {
    try {
      writeFileSync(join(to, 'cgroup.procs'), pid);
    } catch (error) {
      // It ended meanwhile; a kernel thread cannot move and does not count.
      if (!hasCode(error, 'ESRCH', 'EINVAL')) throw error;
    }
  }
}

function isSharedWithParent(): boolean {
  return readlinkSync('/proc/self/ns/mnt') === readlinkSync(`/proc/${process.ppid}/ns/mnt`);
}
