// Where the document has a comment, `image` goes.

import { modal } from '@computesdk/modal';

// --- The block, as the document has it. ---
// Modal supports custom container images
const provider = modal({
  tokenId: process.env.MODAL_TOKEN_ID,
  tokenSecret: process.env.MODAL_TOKEN_SECRET,
  // Custom image configuration would be specified here
});

const withImage = modal({ image: 'python:3.13-slim' });
const sandbox = await provider.sandbox.create();
const other = await withImage.sandbox.create();
console.log(sandbox.sandboxId !== other.sandboxId);
await Promise.all([sandbox.destroy(), other.destroy()]);
