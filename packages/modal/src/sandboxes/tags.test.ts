import { expect, test } from 'vitest';

import { ownTags, readTags, writeTags } from './tags.js';

const facts = { createdAt: new Date(1_795_466_520_123), timeout: 62_000, runtime: 'node' as const, name: 'my.name_1' };

test('facts, tags and metadata come back as they were written', () => {
  const metadata = { user: 'ada', count: 3, on: true, nothing: null, list: [1, { a: 'b' }], looksJson: '{"a":1}', 'a,b+c %': 'x' };
  const { name, ...rest } = readTags(writeTags(facts, { team: 'blue' }, metadata)).facts ?? facts;
  expect({ name, ...rest }).toEqual(facts);
  const read = readTags(writeTags(facts, { team: 'blue' }, metadata));
  expect(read.metadata).toEqual(metadata);
  expect(read.tags).toMatchObject({ team: 'blue', user: 'ada', count: '3' });
});

test('every tag is text, so that any of them can be searched for', () => {
  for (const value of Object.values(writeTags(facts, {}, { a: [1] }))) expect(typeof value).toBe('string');
});

test('tags of a sandbox that something else made carry no facts', () => {
  expect(readTags({ team: 'blue' })).toEqual({ facts: undefined, tags: { team: 'blue' }, metadata: {} });
});

test('own tags are told apart', () => {
  expect(Object.keys(ownTags({ team: 'blue', 'computesdk-facts': '1' }))).toEqual(['computesdk-facts']);
});

test.each([[{ 'computesdk-x': '1' }, {}], [{}, { 'computesdk-y': 1 }]])('taken names are refused', (tags, metadata) => {
  expect(() => writeTags(facts, tags as Record<string, string>, metadata)).toThrow(/are taken/);
});

test('what JSON cannot hold is refused by name', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  for (const f of [() => 1, 1n, cycle]) expect(() => writeTags(facts, {}, { f })).toThrow('metadata.f cannot be kept');
});

test('a tag and metadata of one name are refused, for one would be lost', () => {
  expect(() => writeTags(facts, { user: 'ada' }, { user: 'bob' })).toThrow("'user' is both a tag and metadata");
  expect(writeTags(facts, { user: 'ada' }, { user: 'ada' })).toMatchObject({ user: 'ada' });
});
