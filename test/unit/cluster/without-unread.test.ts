import fc from 'fast-check';
import { expect, it } from 'vitest';
import { withoutUnread } from '../../../src/cluster/without-unread.ts';

const unread = ['images', 'managedFields'];

/** What is left of a value: each list of such a name is empty, wherever it stands. */
function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(emptied);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).map(([key, one]) => [
    key,
    unread.includes(key) && Array.isArray(one) ? [] : emptied(one),
  ]);
  return Object.fromEntries(kept);
}

const word = fc.oneof(
  fc.constantFrom(...unread, '"images":[', '\\"images":[', ']', '[', '"', '\\', '\\\\"', 'ü]'),
  fc.string(),
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.oneof(word, fc.integer(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(word, fc.constantFrom(...unread)).filter((key) => key !== '__proto__'),
      tie('json'),
      { maxKeys: 4 },
    ),
  ),
}));

it('JSON without what nobody reads is the same with these lists empty, whatever is in it', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(withoutUnread(JSON.stringify(value)))).toEqual(emptied(value));
    }),
    { numRuns: 3_000 },
  );
});

it('JSON that breaks off in such a list stays broken', () => {
  const whole = '{"status":{"images":[{"names":["a]","b\\\\"]}],"ready":true}}';
  expect(withoutUnread(whole)).toBe('{"status":{"images":[],"ready":true}}');
  for (let length = 0; length < whole.length; length++) {
    expect(() => JSON.parse(withoutUnread(whole.slice(0, length)))).toThrow();
  }
});

it('a text without such a list is not copied', () => {
  const text = '{"metadata":{"name":"n1","annotations":{"images":"[]"}}}';
  expect(withoutUnread(text)).toBe(text);
});
