// Needs numpy, and data: a volume brings `/data` into each sandbox.

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

compute.setConfig({ defaultProvider: modal({ volumes: { '/data': 'example-task-data' } }) });

const seeding = await compute.sandbox.create();
for (const n of [1, 2, 3]) {
  await seeding.filesystem.writeFile(`/data/task${n}_data.json`, JSON.stringify({ values: [n, 2 * n, 3 * n] }));
}
await seeding.destroy();

// --- The block, as the document has it. ---
// Process multiple tasks in parallel
const tasks = [
  'task1_data.json',
  'task2_data.json', 
  'task3_data.json'
];

const results = await Promise.all(
  tasks.map(async (taskFile) => {
    const sandbox = await compute.sandbox.create();
    
    return await sandbox.runCode(`
import json
import numpy as np

# Load task data
with open('/data/${taskFile}', 'r') as f:
    data = json.load(f)

# Process data (example: statistical analysis)
values = np.array(data['values'])
results = {
    'task': '${taskFile}',
    'mean': float(values.mean()),
    'std': float(values.std()),
    'min': float(values.min()),
    'max': float(values.max()),
    'count': len(values)
}

print(json.dumps(results))
`);
  })
);

results.forEach(result => {
  const taskResult = JSON.parse(result.stdout);
  // The document has `${taskResult.mean:.2f}` here, Python's way to write it, which JavaScript does not parse.
  console.log(`Task ${taskResult.task}: mean=${taskResult.mean.toFixed(2)}`);
});
