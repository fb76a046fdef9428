// A route handler, called with a web Request.

// --- The block, as the document has it. ---
import { handleComputeRequest } from 'computesdk';
import { modal } from '@computesdk/modal';

export async function POST(request: Request) {
  return handleComputeRequest({
    request,
    provider: modal({ 
      tokenId: process.env.MODAL_TOKEN_ID,
      tokenSecret: process.env.MODAL_TOKEN_SECRET
    })
  });
}

const response = await POST(
  new Request('http://localhost/api/compute', {
    method: 'POST',
    body: JSON.stringify({ action: 'compute.sandbox.create' }),
  }),
);
const { success, sandboxId } = (await response.json()) as { success: boolean; sandboxId: string };
console.log(response.status, success);
await modal({}).sandbox.destroy(sandboxId);
