// Finds what a request asks for that the engine would not do: fields that FIELD_SUPPORT refuses, and fields of a newer
// protocol than ours. "An option that cannot be honoured is an error, never ignored."

import { MESSAGES } from '../gen/schema.js';
import { FIELD_SUPPORT } from './field-support.js';

/** The request of every call that the engine does not serve. */
const UNSERVED = 'Unserved';

/** One sentence for each field that is set and cannot be honoured; `message` names the type of `value`. */
export function unsupportedFields(message: string, value: object, path = ''): string[] {
  const complaints = unknownFields(message, value, path);
  for (const field of MESSAGES[message] ?? []) {
    const content: unknown = (value as Record<string, unknown>)[field.name];
    if (!isSet(content)) continue;
    const place = path === '' ? field.protoName : `${path}.${field.protoName}`;
    const support = FIELD_SUPPORT[message]?.[field.protoName];
    if (support?.status === 'refused') complaints.push(`${place} cannot be honoured by the local engine. ${support.why}.`);
    else if (field.message !== undefined && support?.status !== 'ignored') complaints.push(...inside(field.message, content, place));
  }
  return complaints;
}

function inside(message: string, content: unknown, place: string): string[] {
  if (Array.isArray(content)) {
    return content.flatMap((item: unknown, index) => (isMessage(item) ? unsupportedFields(message, item, `${place}[${index}]`) : []));
  }
  return isMessage(content) ? unsupportedFields(message, content, place) : [];
}

function unknownFields(message: string, value: object, path: string): string[] {
  // Calls that are refused as a whole say so better.
  if (message === UNSERVED) return [];
  const unknown = '_unknownFields' in value && isMessage(value._unknownFields) ? value._unknownFields : {};
  return Object.keys(unknown).map((key) => {
    const place = `${path === '' ? message : path} field ${Number(key) >>> 3}`;
    return `${place} is unknown to this version of the local engine. Update @computesdk/modal-local, or use an SDK up to 0.11.`;
  });
}

/** proto3: a field of the default value was not set. The SDK sends a message of such fields for an option left out. */
function isSet(content: unknown): boolean {
  if (Array.isArray(content) || content instanceof Uint8Array) return content.length > 0;
  if (content instanceof Date) return true;
  if (isMessage(content)) return Object.values(content).some(isSet);
  return content !== undefined && content !== 0 && content !== '' && content !== false;
}

function isMessage(content: unknown): content is object {
  return typeof content === 'object' && content !== null && !(content instanceof Date);
}
