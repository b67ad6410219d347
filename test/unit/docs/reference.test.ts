import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventTypes } from '../../../build/docs/event-types.ts';
import { referencePages, withParts } from '../../../build/docs/reference.ts';
import { commandText, waysFromEnd } from '../../../src/domain/rollout/rollout-status.ts';
import { pages, root } from '../../support/docs/pages.ts';

const made = referencePages(root);

describe('the reference', () => {
  it.each(made)('$path is what `npm run docs` makes', ({ path, text }) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
  });

  it('has no page that is not made', () => {
    const there = pages
      .map(({ path }) => path)
      .filter((path) => path.startsWith('docs/reference/'));
    expect(there).toEqual(made.map(({ path }) => path).toSorted());
  });

  it('stands in other pages as it is made', () => {
    const others = pages.filter(({ text }) => text.includes('<!-- made: '));
    expect(others.map(({ path }) => path)).toContain('docs/held.md');
    for (const { path, text } of others) expect(withParts(text), path).toBe(text);
  });
});

describe('the events of the reference', () => {
  it('have the fields of their types', () => {
    const [types = []] = eventTypes(root, [['src/domain/events/event.ts', 'EventBody']]);
    const of = (type: string) => types.find((one) => one.types.includes(type))?.fields;
    expect(of('quiesced')?.map(({ name }) => name)).toEqual(['director', 'service', 'server']);
    expect(of('finished')?.[0]).toMatchObject({
      name: 'outcome',
      isOptional: false,
      value: expect.stringContaining('"rolled-back"'),
    });
    expect(of('not-draining')?.find(({ name }) => name === 'clients')).toEqual({
      name: 'clients',
      isOptional: true,
      value: 'list of {address: text, connections: number}',
      meaning: 'The clients that hold most of the connections, the busiest first; a few.',
    });
  });
});

describe('the page about rollouts that are held', () => {
  const text = readFileSync(join(root, 'docs/held.md'), 'utf8');

  it.each([4, 5, 6, 7, 130, 143])('has the ways out of exit code %i that drain prints', (exit) => {
    const row = text
      .split('\n')
      .find((line) => new RegExp(`^\\| [\\d, ]*\\b${exit}\\b`).test(line));
    const end = { outcome: 'held', exitCode: exit } as const;
    const { on, finish } = waysFromEnd('ID', end, { policy: { keep: false }, isBack: false });
    for (const way of [on, finish]) if (way) expect(row).toContain(commandText(way));
    expect(row).toMatch(/`drain (?:rollback|abandon) ID|`drain resume ID` when/);
  });
});

describe('the figures of the proof', () => {
  const proof = readFileSync(join(root, 'docs/proof.md'), 'utf8');

  it.each([
    ['rollout/chaos', /DRAIN_CHAOS_RUNS \?\? ([\d_]+)/, 'rollouts are killed'],
    ['rollout/one-account', /DRAIN_ACCOUNT_RUNS \?\? ([\d_]+)/, 'stories'],
    ['guard/decide-guard', /numRuns: ([\d_]+)/, 'times a run'],
  ])('are those of test/property/%s', (name, pattern, what) => {
    const text = readFileSync(join(root, `test/property/${name}.test.ts`), 'utf8');
    const runs = Number(pattern.exec(text)?.[1]?.replaceAll('_', ''));
    expect(proof).toContain(`${runs.toLocaleString('en')} ${what}`);
  });
});
