// Only code that does not parse throws; the message says which of the four it is.

import { modal } from '@computesdk/modal';
import { compute } from 'computesdk';

compute.setConfig({ defaultProvider: modal({}) });
const sandbox = await compute.sandbox.create();

// --- The block, as the document has it. ---
try {
  const result = await sandbox.runCode('invalid python code');
} catch (error) {
  if (error.message.includes('Missing Modal API credentials')) {
    console.error('Set MODAL_TOKEN_ID and MODAL_TOKEN_SECRET environment variables');
  } else if (error.message.includes('authentication failed')) {
    console.error('Check your Modal API credentials');
  } else if (error.message.includes('quota exceeded')) {
    console.error('Modal usage limits reached');
  } else if (error.message.includes('Syntax error')) {
    console.error('Code has syntax errors');
  }
}

await sandbox.destroy();
