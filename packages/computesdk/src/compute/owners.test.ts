import { expect, test } from 'vitest';
import { processProvider } from '../../test/process-provider.js';
import { Owners } from './owners.js';

test('the sandboxes seen last are remembered, the oldest forgotten', () => {
  const [first, second] = [processProvider(), processProvider()];
  const owners = new Owners(2);
  owners.set('a', first);
  owners.set('b', first);
  owners.set('a', second);
  owners.set('c', first);
  expect(owners.size).toBe(2);
  expect(['a', 'b', 'c'].map((id) => owners.get(id))).toEqual([second, undefined, first]);
  owners.delete('a');
  expect(owners.size).toBe(1);
});
