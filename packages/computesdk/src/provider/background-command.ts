// Starts a command that outlives the shell that starts it.

import type { RunCommandOptions } from '../sandbox/command-options.js';

/** A program and its arguments, no shell in between. */
export interface PreparedCommand {
  command: string;
  args: string[];
  /** Whether the command prints the process id of a background process and ends at once. */
  isBackground: boolean;
}

// The command arrives as positional parameters, so that nothing needs quoting.
const detach = '"$@" </dev/null >/dev/null 2>&1 & echo $!';

/**
 * With `options.background`: a shell command that starts `command` detached and prints its process id.
 * Without: the command as it is.
 */
export function createBackgroundCommand(
  command: string,
  args: readonly string[] = [],
  options: Pick<RunCommandOptions, 'background'> = {},
): PreparedCommand {
  if (!options.background) return { command, args: [...args], isBackground: false };
  return { command: 'sh', args: ['-c', detach, 'sh', command, ...args], isBackground: true };
}
