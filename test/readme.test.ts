import path from 'node:path';

import { startLocalModal } from '@computesdk/modal-local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runSnippet, snippetsOf } from './snippets.js';

const root = path.resolve(import.meta.dirname, '..');
const documents = ['README.md', 'packages/computesdk/README.md', 'packages/modal/README.md', 'packages/modal-local/README.md'];

describe('every snippet of the READMEs runs as it stands', async () => {
  let engine: Awaited<ReturnType<typeof startLocalModal>>;

  beforeAll(async () => {
    engine = await startLocalModal();
  });
  afterAll(() => engine.stop());

  for (const document of documents) {
    for (const snippet of await snippetsOf(path.join(root, document))) {
      it(`${document} ${snippet.place}`, async () => {
        const { exitCode, output } = await runSnippet(snippet, root, engine.env);
        expect(exitCode, output).toBe(0);
      });
    }
  }
});
