// Files of a sandbox.

import { z } from 'zod';
import { FileError } from '../../errors/file.js';
import { InvalidArgumentError } from '../../errors/invalid.js';
import { fromBase64, toBase64 } from '../../provider/base64.js';
import { encoding, required, sandboxId } from '../fields.js';
import { defineAction, findSandbox } from './action.js';
import { toJson } from './to-json.js';

const place = z.object({ sandboxId, path: required });

export const readFile = defineAction(place.extend({ encoding }), async (request, context) => {
  const { filesystem } = await findSandbox(request.sandboxId, context);
  const { signal, maxOutputBytes } = context;
  const read = request.encoding === 'utf8' ? await filesystem.readFile(request.path, { signal }) : await filesystem.readBytes(request.path, { signal });
  if (read.length > maxOutputBytes) {
    throw new FileError('file_too_large', request.path, {
      suggestion: `An answer holds ${maxOutputBytes} bytes of a file (maxOutputBytes): read it in pieces with a command.`,
    });
  }
  const fileContent = typeof read === 'string' ? read : toBase64(read);
  return { sandboxId: request.sandboxId, fileContent, encoding: request.encoding };
});

const content = z.string({ error: ({ input }) => (input === undefined ? 'content is required' : 'content must be a string') });

export const writeFile = defineAction(place.extend({ content, encoding }), async (request, context) => {
  const bytes = request.encoding === 'utf8' ? request.content : decode(request.content);
  const { filesystem } = await findSandbox(request.sandboxId, context);
  await filesystem.writeFile(request.path, bytes, { signal: context.signal });
  return { sandboxId: request.sandboxId };
});

function decode(text: string): Uint8Array {
  try {
    return fromBase64(text);
  } catch (cause) {
    throw new InvalidArgumentError('content is not base64', { field: 'content', cause });
  }
}

export const mkdir = defineAction(place, async (request, context) => {
  const { filesystem } = await findSandbox(request.sandboxId, context);
  await filesystem.mkdir(request.path, { signal: context.signal });
  return { sandboxId: request.sandboxId };
});

export const readdir = defineAction(place, async (request, context) => {
  const { filesystem } = await findSandbox(request.sandboxId, context);
  const entries = await filesystem.readdir(request.path, { signal: context.signal });
  return { sandboxId: request.sandboxId, files: entries.map(toJson) };
});

export const stat = defineAction(place, async (request, context) => {
  const { filesystem } = await findSandbox(request.sandboxId, context);
  return { sandboxId: request.sandboxId, file: toJson(await filesystem.stat(request.path, { signal: context.signal })) };
});

export const exists = defineAction(place, async (request, context) => {
  const { filesystem } = await findSandbox(request.sandboxId, context);
  return { sandboxId: request.sandboxId, exists: await filesystem.exists(request.path, { signal: context.signal }) };
});

export const remove = defineAction(place, async (request, context) => {
  const { filesystem } = await findSandbox(request.sandboxId, context);
  await filesystem.remove(request.path, { signal: context.signal });
  return { sandboxId: request.sandboxId };
});
