// Volumes of a running sandbox. Its writes are visible to others at once, and theirs to it: there is nothing to commit
// or to reload, and the answer says that it is done.

import { EngineError } from '../engine/errors.js';
import { authorizedSandbox } from './auth.js';
import type { RouterHandlers, WireOptions } from './services.js';

export function taskVolumeHandlers({ engine }: WireOptions): RouterHandlers {
  return {
    async taskReloadVolumes(request, context) {
      const sandbox = authorizedSandbox(engine.sandboxes, request.taskId, context);
      if (!sandbox.running) throw new EngineError('NOT_FOUND', `Sandbox ${sandbox.id} has already finished`);
      if (request.containerId !== '') sandbox.sidecars.get(request.containerId);
      return {};
    },
  };
}
