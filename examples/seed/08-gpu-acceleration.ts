// `model` is not defined in the block: the program ends with a NameError (or before, where torch is missing), and the result says so.

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

compute.setConfig({ defaultProvider: modal({}) });
const sandbox = await compute.sandbox.create();

// --- The block, as the document has it. ---
// Modal automatically handles GPU allocation
const result = await sandbox.runCode(`
import torch
print(f"CUDA available: {torch.cuda.is_available()}")

# Use GPU if available
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
model = model.to(device)
`);

console.log(result.exitCode, result.stderr);
await sandbox.destroy();
