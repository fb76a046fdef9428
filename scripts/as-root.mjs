// What the engine and apt-get need: a command as root, through sudo for a user who is not.

import { existsSync } from 'node:fs';
import path from 'node:path';

/** The command to start instead, or undefined when nobody here may become root. sudo keeps no variables: PATH is passed on. */
export function asRoot(command) {
  if (process.getuid?.() === 0) return command;
  return onPath('sudo') ? ['sudo', 'env', `PATH=${process.env.PATH}`, ...command] : undefined;
}

export function onPath(program) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(path.join(folder, program)));
}
