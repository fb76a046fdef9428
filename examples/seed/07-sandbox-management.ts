// Sandboxes looked up and ended. 'app-id' is no sandbox: looking it up gives null, destroying it resolves.

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

const provider = modal({});
compute.setConfig({ defaultProvider: provider });
const sandbox = await compute.sandbox.create();

// --- The block, as the document has it. ---
// Get sandbox info
const info = await sandbox.getInfo();
console.log(info.id, info.provider, info.status);

// List all sandboxes (Modal Apps)
const sandboxes = await compute.sandbox.list(provider);

// Get existing sandbox by ID
const existing = await compute.sandbox.getById(provider, 'app-id');

// Destroy sandbox
await compute.sandbox.destroy(provider, 'app-id');

await sandbox.destroy();
