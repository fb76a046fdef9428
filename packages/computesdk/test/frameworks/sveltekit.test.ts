import { test } from 'vitest';
import { devServer } from './dev-server.js';
import { exerciseLiveOutput, exerciseRoute } from './exercise.js';
import { snippetApp } from './snippets.js';

test('SvelteKit: an endpoint of its development server', { timeout: 120_000 }, async () => {
  await using snippets = await snippetApp('sveltekit');
  await snippets.add('package.json', '{ "type": "module" }\n');
  await snippets.add('src/app.html', '<html><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>\n');
  await snippets.add('svelte.config.js', 'export default {};\n');
  await snippets.add(
    'vite.config.js',
    "import { sveltekit } from '@sveltejs/kit/vite';\nexport default { plugins: [sveltekit()] };\n",
  );
  await using server = await devServer({
    program: ['vite', 'bin/vite.js'],
    args: ['dev', '--host', '127.0.0.1', '--port', '0'],
    directory: snippets.directory,
  });
  await exerciseRoute(server.at('/api/compute'));
  await exerciseLiveOutput(server.at('/api/compute'));
});
