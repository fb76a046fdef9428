// The options that the document promises: the package accepts each of them.

import { modal } from '@computesdk/modal';

// --- The block, as the document has it. ---
interface ModalConfig {
  /** Modal API token ID - if not provided, will use MODAL_TOKEN_ID env var */
  tokenId?: string;
  /** Modal API token secret - if not provided, will use MODAL_TOKEN_SECRET env var */
  tokenSecret?: string;
  /** Default runtime environment */
  runtime?: 'python' | 'node';
  /** Execution timeout in milliseconds */
  timeout?: number;
  /** Modal environment (sandbox or main) */
  environment?: string;
}

const config: ModalConfig = { runtime: 'python', timeout: 60_000, environment: 'main' };
const sandbox = await modal(config).sandbox.create();
console.log((await sandbox.runCode('print("configured")')).stdout);
await sandbox.destroy();
