// Mounts that come and go while a container runs.

import { EngineError } from '../../engine/errors.js';
import type { Mount } from '../driver.js';

export async function mountInto(_pid: number, mount: Mount, _idmap: boolean): Promise<void> {
  throw new EngineError('UNIMPLEMENTED', `mounting ${mount.target} into a running sandbox is not supported on this host`);
}

export async function unmountFrom(_pid: number, target: string): Promise<void> {
  throw new EngineError('UNIMPLEMENTED', `unmounting ${target} from a running sandbox is not supported on this host`);
}
