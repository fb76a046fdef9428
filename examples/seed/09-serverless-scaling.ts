// Three programs at once in one sandbox; `task1` to `task3` are any programs.

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

compute.setConfig({ defaultProvider: modal({}) });
const sandbox = await compute.sandbox.create();
const [task1, task2, task3] = ['print(1 ** 2)', 'print(2 ** 2)', 'print(3 ** 2)'] as const;

// --- The block, as the document has it. ---
// Modal automatically scales based on demand
// No configuration needed - just execute code
const results = await Promise.all([
  sandbox.runCode(task1),
  sandbox.runCode(task2),
  sandbox.runCode(task3)
]);

console.log(results.map((result) => result.stdout.trim()));
await sandbox.destroy();
