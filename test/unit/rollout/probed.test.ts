import { expect, it } from 'vitest';
import {
  initialObservation,
  withDirector,
  withProbed,
} from '../../../src/rollout/observe/observation.ts';

const begun = withDirector(initialObservation(['lb1', 'lb2'], 0), 'lb2', (live) => ({
  ...live,
  probe: 'under-way',
}));
const found = withDirector(begun, 'lb2', (live) => ({ ...live, probe: { atMs: 5_000 } }));

it('what a probe found while others were looked at is not overwritten by that look', () => {
  const looked = withDirector(begun, 'lb1', (live) => ({ ...live, commandMs: 7 }));
  const { directors } = withProbed(looked, found);
  expect(directors.get('lb2')).toEqual(found.directors.get('lb2'));
  expect(directors.get('lb1')?.commandMs).toBe(7);
});

it('a look at the lost director itself, after its probe, counts', () => {
  const looked = withDirector(found, 'lb2', (live) => ({ ...live, commandMs: 7 }));
  expect(withProbed(looked, found).directors.get('lb2')?.commandMs).toBe(7);
});
