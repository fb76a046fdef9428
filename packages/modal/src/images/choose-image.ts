// Which image a sandbox starts from: what the call says, else what the factory says, else one for the runtime.

import { type Runtime } from 'computesdk';
import { Image } from 'modal';

import type { ModalCreateOptions } from '../options/sandbox-options.js';
import { type ImageSpec, isImageId, readImage } from './image-input.js';

const defaultImages: Record<Runtime, string> = { python: 'python:3.13-slim', node: 'node:22-slim' };

/** The image that `options` ask for; `pip`, `apt` and `dockerfileCommands` come on top. */
export function chooseImage(options: ModalCreateOptions, runtime: Runtime): { base: Image | undefined; spec: ImageSpec } {
  const base = start(options, runtime);
  const { pip, apt, dockerfileCommands } = options;
  const extra = { pip, apt, dockerfileCommands };
  if (base instanceof Image) return { base, spec: extra };
  return {
    base: undefined,
    spec: {
      ...base,
      pip: [...(base.pip ?? []), ...(pip ?? [])],
      apt: [...(base.apt ?? []), ...(apt ?? [])],
      dockerfileCommands: [...(base.dockerfileCommands ?? []), ...(dockerfileCommands ?? [])],
    },
  };
}

function start({ snapshotId, templateId, image }: ModalCreateOptions, runtime: Runtime): ImageSpec | Image {
  if (snapshotId !== undefined) return { id: snapshotId };
  if (templateId !== undefined) return isImageId(templateId) ? { id: templateId } : { name: templateId };
  return readImage(image ?? defaultImages[runtime]);
}
