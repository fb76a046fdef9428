// Code blocks of a Markdown document, each run as the program that a reader would make of it.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { transform } from 'esbuild';

export interface Snippet {
  /** `README.md:12`, where the block begins. */
  place: string;
  code: string;
}

/** Every `ts`, `typescript` or `js` block, but those right after a line `<!-- not run: REASON -->`. */
export async function snippetsOf(document: string): Promise<Snippet[]> {
  const lines = (await readFile(document, 'utf8')).split('\n');
  const snippets: Snippet[] = [];
  for (let line = 0; line < lines.length; line++) {
    if (!/^```(ts|typescript|js)$/.test(lines[line] ?? '')) continue;
    const end = lines.indexOf('```', line + 1);
    const exempt = /^<!-- not run: .+ -->$/.test(lines[line - 1] ?? '');
    if (!exempt) snippets.push({ place: `${path.basename(document)}:${line + 1}`, code: lines.slice(line + 1, end).join('\n') });
    line = end;
  }
  return snippets;
}

export interface SnippetRun {
  exitCode: number | null;
  output: string;
}

/** Runs a snippet from a folder of its own inside `root`, so that its imports resolve as a user's would. */
export async function runSnippet(snippet: Snippet, root: string, env: Record<string, string>): Promise<SnippetRun> {
  const folder = await mkdtemp(path.join(root, 'node_modules', '.snippet-'));
  try {
    const { code } = await transform(snippet.code, { loader: 'ts', format: 'esm', target: 'node20' });
    const program = path.join(folder, 'snippet.mjs');
    await writeFile(program, code);
    return await run(program, folder, env);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function run(program: string, cwd: string, env: Record<string, string>): Promise<SnippetRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, output }));
  });
}
