// `npm run bench [-- NAME…]`: one JSON line a figure, `{name, ours, peer, ratio, unit, runs}`, ours and its peer measured
// in turn in one run. README.md beside this file says what each compares and what was seen.

import { readdirSync } from 'node:fs';

const tools = new Set(['run.mjs', 'measure.mjs', 'null-server.mjs', 'bare-runtime.mjs', 'engine.mjs', 'delay-proxy.mjs']);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.mjs') && !tools.has(file))
  .map((file) => file.slice(0, -'.mjs'.length));

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(2);
}

for (const name of wanted.length > 0 ? wanted : names) {
  const { default: benchmark } = await import(`./${name}.mjs`);
  for await (const figure of benchmark()) console.log(JSON.stringify(figure));
}
