// Output of commands is the bulk of the traffic, and copies and garbage cost more than anything else that is done to
// it: its messages are encoded by hand, each byte copied once.

import type { TaskCommandRouterDefinition } from './gen/modal/task_command_router.js';

/** Field 1, length-delimited. */
const DATA_TAG = 0x0a;

/** The definition with the stdout messages' own encoder in place of the generated one. */
export function withFastStdio(definition: TaskCommandRouterDefinition): TaskCommandRouterDefinition {
  const { taskExecStdioRead } = definition.methods;
  const responseType = {
    ...taskExecStdioRead.responseType,
    fromPartial: (message: { data?: Uint8Array }) => message,
    encode: (message: { data?: Uint8Array }) => ({ finish: () => encodeData(message.data ?? new Uint8Array()) }),
  };
  const methods = { ...definition.methods, taskExecStdioRead: { ...taskExecStdioRead, responseType } };
  return { ...definition, methods: methods as unknown as TaskCommandRouterDefinition['methods'] };
}

/** An ArrayBuffer, where a Uint8Array would be copied: what takes it calls Buffer.from, which wraps the one and copies the other. */
function encodeData(data: Uint8Array): ArrayBuffer {
  const lengthSize = varintSize(data.length);
  const message = Buffer.allocUnsafeSlow(1 + lengthSize + data.length);
  message[0] = DATA_TAG;
  let rest = data.length;
  for (let index = 1; index < lengthSize; index += 1) {
    message[index] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  message[lengthSize] = rest;
  message.set(data, 1 + lengthSize);
  return message.buffer;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
  return size;
}
