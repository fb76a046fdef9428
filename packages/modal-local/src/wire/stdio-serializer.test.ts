import { expect, it } from 'vitest';

import { TaskCommandRouterDefinition, TaskExecStdioReadResponse } from './gen/modal/task_command_router.js';
import { withFastStdio } from './stdio-serializer.js';

it('encodes what the generated decoder reads', () => {
  const { encode, fromPartial } = withFastStdio(TaskCommandRouterDefinition).methods.taskExecStdioRead.responseType;
  for (const length of [1, 127, 128, 300, 16_383, 16_384, 70_000, 2_097_152]) {
    const data = Buffer.alloc(length, 7);
    const message = encode(fromPartial({ data })).finish();
    expect(TaskExecStdioReadResponse.decode(Buffer.from(message)).data.equals(data)).toBe(true);
  }
});
