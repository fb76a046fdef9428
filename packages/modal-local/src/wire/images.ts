// Images.

import { EngineError } from '../engine/errors.js';
import { GenericResultGenericStatus, type Image } from './gen/modal/client.js';
import type { ControlHandlers, WireOptions } from './services.js';
import { warn } from './warnings.js';

const SUCCESS = { status: GenericResultGenericStatus.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_SUCCESS };

export function imageHandlers({ engine }: WireOptions): ControlHandlers {
  return {
    async imageGetOrCreate(request, context) {
      const name = baseName(request.image);
      const imageId = engine.images.standIn(name);
      warn(context, `This machine's own files stand in for the image '${name}'`);
      return { imageId, result: SUCCESS };
    },

    async *imageJoinStreaming(request) {
      engine.images.root(request.imageId);
      yield { result: SUCCESS, eof: true };
    },

    async imageFromId(request) {
      engine.images.root(request.imageId);
      return { imageId: request.imageId };
    },
  };
}

function baseName(image: Image | undefined): string {
  const [from, ...commands] = image?.dockerfileCommands ?? [];
  const name = /^FROM\s+(\S+)$/i.exec(from ?? '')?.[1];
  if (name === undefined || commands.length > 0) throw new EngineError('UNIMPLEMENTED', 'Dockerfile commands are not built here');
  return name;
}
