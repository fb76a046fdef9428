// Templates: images built once and published under a name, to start sandboxes from.

import {
  type CallOptions,
  type CreateTemplateOptions,
  type ListTemplatesOptions,
  type ProviderTemplateManager,
  rejectUnknownOptions,
  type Template,
} from 'computesdk';

import type { Workspace } from '../client/workspace.js';
import { defaultAppName, type ModalConfig } from '../config/modal-config.js';
import { chooseImage } from '../images/choose-image.js';
import { deleteImage, imageExists } from '../images/image-exists.js';
import { isImageId, type ImageInput } from '../images/image-input.js';
import { checkListOptions } from '../options/check-list-options.js';
import * as is from '../options/kinds.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { type Note, RecordBook } from '../records/record-book.js';

/** A template; its id is the id of a Modal image, published under its name. */
export type ModalTemplate = Template;

/** Options of `template.create`. An unknown one is an UnknownOptionError. */
export interface ModalTemplateOptions extends CreateTemplateOptions {
  /** What to build on. Default `python:3.13-slim`. */
  image?: ImageInput | undefined;
  /** Dockerfile lines on top of it: `RUN …`, `ENV …`, `COPY --from=…`. */
  dockerfileCommands?: readonly string[] | undefined;
  /** Python packages to install, as pip requirements. */
  pip?: readonly string[] | undefined;
  /** Debian packages to install. */
  apt?: readonly string[] | undefined;
}

/** Templates of Modal. The list holds those built through this package, for 7 days after the last one of the app was built. */
export interface ModalTemplateManager extends ProviderTemplateManager<ModalTemplate, ModalTemplateOptions> {
  /** Builds the image and publishes it under `name`: `create({ templateId })` takes the name or the id. */
  create(options: ModalTemplateOptions): Promise<ModalTemplate>;
  /** Newest first, without those that Modal has deleted meanwhile. */
  list(options?: ListTemplatesOptions): Promise<ModalTemplate[]>;
  /** Takes the id or the name. One that is not there is not an error. */
  delete(templateId: string, options?: CallOptions): Promise<void>;
}

const known = ['name', 'description', 'metadata', 'image', 'dockerfileCommands', 'pip', 'apt', 'signal'];

export function templateManager(workspace: Workspace, { appName = defaultAppName, environment }: ModalConfig): ModalTemplateManager {
  const place = { appName, environment };
  const book = new RecordBook(workspace, place, 'templates');
  return {
    async create(options) {
      is.record('options', options);
      rejectUnknownOptions(options, known, 'template.create()');
      const { name, description, metadata, signal, image, dockerfileCommands, pip, apt } = options;
      is.text('name', name);
      const { base, spec } = chooseImage(omitUndefined({ image, dockerfileCommands, pip, apt }), 'python');
      return workspace.call(signal, async () => {
        const built = await workspace.image(base, spec, place);
        await built.publish(name, omitUndefined({ environment }));
        const facts = description === undefined ? metadata : { ...metadata, description };
        const note: Note = { id: built.imageId, name, createdAt: Date.now(), metadata: facts };
        await book.add(note);
        return toTemplate(note);
      });
    },
    async list(options = {}) {
      checkListOptions(options, ['limit'], 'template.list()');
      const { limit = Infinity, signal } = options;
      return workspace.call(signal, async (client) => {
        const notes = await book.notes();
        const exist = await Promise.all(notes.map(({ id }) => imageExists(client, id)));
        return notes.filter((_note, index) => exist[index]).slice(0, limit).map(toTemplate);
      });
    },
    async delete(templateId, { signal } = {}) {
      is.text('templateId', templateId);
      await workspace.call(signal, async (client) => {
        const named = isImageId(templateId) ? [] : (await book.notes()).filter(({ name }) => name === templateId);
        for (const id of isImageId(templateId) ? [templateId] : named.map((note) => note.id)) {
          await deleteImage(client, id);
          await book.strike(id);
        }
        workspace.forget();
      });
    },
  };
}

function toTemplate({ id, name = id, createdAt, metadata }: Note): ModalTemplate {
  return { id, provider: 'modal', name, createdAt: new Date(createdAt), metadata };
}
