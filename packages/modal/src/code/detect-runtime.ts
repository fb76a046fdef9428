// Which language a piece of code is in. Strings and comments do not count; what both languages share does not either.

import type { Runtime } from 'computesdk';

type Sign = readonly [pattern: RegExp, weight: number];

const python: readonly Sign[] = [
  [/^\s*(async\s+)?def\s+\w+\s*\(.*/m, 3],
  [/^\s*class\s+\w+\s*(\([^)]*\))?\s*:/m, 3],
  [/^\s*(if|elif|while|for|with|try|except|finally|else)\b[^{;]*:\s*$/m, 3],
  [/^\s*from\s+[\w.]+\s+import\s/m, 4],
  [/^\s*import\s+[\w.]+(\s+as\s+\w+)?(\s*,\s*[\w.]+)*\s*$/m, 3],
  [/\bprint\s*\(/, 2],
  [/\b[rbfu]{1,2}\s*""/i, 2],
  [/\b__\w+__\b/, 2],
  [/\b(None|True|False|elif|lambda|nonlocal|self|pass|raise|yield from|not in|is not)\b/, 2],
  [/^\s*@\w[\w.]*(\(.*\))?\s*$/m, 1],
  [/\b(len|range|enumerate|isinstance|str|int)\s*\(/, 1],
];

const node: readonly Sign[] = [
  [/\b(const|let|var)\s+[\w$[{]/, 3],
  [/=>/, 3],
  [/\bfunction\b\s*\*?\s*[\w$]*\s*\(/, 3],
  [/\bconsole\s*\.\s*\w+\s*\(/, 4],
  [/\brequire\s*\(\s*""\s*\)/, 3],
  [/^\s*import\s+[\w${},*\s]+\s+from\s*""/m, 4],
  [/^\s*import\s*""/m, 4],
  [/^\s*export\s+(default|const|function|class|async|let|\{)/m, 4],
  [/===|!==|&&|\|\||\?\?|\?\./, 2],
  [/\bnew\s+[A-Z]\w*/, 2],
  [/\b(undefined|null|typeof|instanceof|this)\b/, 1],
  [/\b(process\.(env|argv|exit|stdout|stdin|cwd|version|nextTick|memoryUsage)|module\.exports|globalThis)\b/, 3],
  [/[;{]\s*$/m, 1],
  [/^\s*\}/m, 1],
];

/** `fallback` when nothing tells, or as much for one as for the other. */
export function detectRuntime(code: string, fallback: Runtime): Runtime {
  const shebang = /^#!.*\b(python|node)/.exec(code)?.[1];
  if (shebang === 'python' || shebang === 'node') return shebang;
  const bare = withoutText(code);
  const difference = score(bare, python) - score(bare, node);
  if (difference === 0) return fallback;
  return difference > 0 ? 'python' : 'node';
}

function score(code: string, signs: readonly Sign[]): number {
  return signs.reduce((sum, [pattern, weight]) => (pattern.test(code) ? sum + weight : sum), 0);
}

// A string keeps its quotes, as `""`. `#` and `//` start a comment only at the start of a line or after a space, because
// `//` also divides and `#` names a private field.
const text =
  /'''[\s\S]*?'''|"""[\s\S]*?"""|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\/|(?:^|\s)(?:#(?!\w+\s*[=(;])|\/\/ ?(?=[^\d\s]))[^\n]*/gm;

function withoutText(code: string): string {
  return code.replace(text, (match) => (/^['"`]/.test(match) ? '""' : '\n'));
}
