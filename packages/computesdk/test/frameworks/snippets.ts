// The code blocks of docs/frameworks are what the framework tests run: each becomes the file that its first line names.

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const pages = join(here, '../../../../docs/frameworks');

export interface SnippetApp extends AsyncDisposable {
  /** Directory of the app. */
  directory: string;
  /** Adds a file beside the snippets. */
  add(name: string, content: string): Promise<void>;
  /** The module that a snippet became. */
  import(name: string): Promise<Record<string, unknown>>;
}

/** Writes the snippets of a page into a directory of their own; `rename` maps a snippet's file name to another. */
export async function snippetApp(page: string, rename: Record<string, string> = {}): Promise<SnippetApp> {
  const generated = join(here, '.generated');
  await mkdir(generated, { recursive: true });
  const directory = await mkdtemp(join(generated, `${page}-`));
  const app: SnippetApp = {
    directory,
    async add(name, content) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), content);
    },
    import: async (name) => (await import(join(directory, name))) as Record<string, unknown>,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
  const markdown = await readFile(join(pages, `${page}.md`), 'utf8');
  for (const [, name = '', code = ''] of markdown.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)) {
    const file = rename[name] ?? name;
    await app.add(file, code.replace("'@computesdk/modal'", "'./modal-stand-in.mjs'"));
    await copyFile(join(here, 'modal-stand-in.mjs'), join(directory, dirname(file), 'modal-stand-in.mjs'));
  }
  return app;
}
