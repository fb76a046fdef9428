// A provider made by hand, given to the singleton for one call.

import { compute } from 'computesdk';

// --- The block, as the document has it. ---
import { modal } from '@computesdk/modal';

// Create provider
const provider = modal({ 
  tokenId: 'your_token_id',
  tokenSecret: 'your_token_secret',
  timeout: 600000 // 10 minutes
});

// Use with compute singleton
const sandbox = await compute.sandbox.create({ defaultProvider: provider });

await compute.sandbox.destroy(provider, sandbox.sandboxId);
