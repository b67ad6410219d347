import { describe, expect, it } from 'vitest';
import { isWholeId, nameRollout } from '../../../src/domain/rollout/name-rollout.ts';
import { rolloutId } from '../../../src/domain/rollout/rollout-id.ts';

const ids = [
  '20261130-150000000-ab12',
  '20261130-140000000-ab12-around',
  '20261129-140000000-cd34',
  '20261129-130000000-ef56',
];
const found = (rollout: string | undefined) => ({ kind: 'found', rollout });

describe('a word for a rollout', () => {
  it('is its id, latest, or what begins or ends one id alone', () => {
    expect(nameRollout('20261129-130000000-ef56', ids)).toEqual(found(ids[3]));
    expect(nameRollout('latest', ids)).toEqual(found(ids[0]));
    expect(nameRollout('cd34', ids)).toEqual(found(ids[2]));
    expect(nameRollout('20261129-14', ids)).toEqual(found(ids[2]));
    expect(nameRollout('20261130-14', ids)).toEqual(found(ids[1]));
  });

  it('of several is refused, with their names', () => {
    expect(nameRollout('20261129', ids)).toMatchObject({
      kind: 'refused',
      failure: {
        kind: 'usage',
        what: '"20261129" means 2 rollouts: 20261129-140000000-cd34, 20261129-130000000-ef56',
      },
    });
    const many = Array.from({ length: 7 }, (_, i) => `20261129-14000000${i}-0000`);
    expect(nameRollout('2026', many)).toMatchObject({
      failure: { what: expect.stringMatching(/^"2026" means 7 .*-0000, and 2 more$/) },
    });
  });

  it('that is too short, no id at all, or of none is left to whoever knows other names', () => {
    for (const word of ['ef5', '56', '', '../../x', 'kube-shop', 'Latest', '20261128']) {
      expect(nameRollout(word, ids), word).toEqual({ kind: 'unknown' });
    }
    expect(nameRollout('latest', [])).toMatchObject({
      failure: { what: 'there is no rollout yet, so none is the latest' },
    });
  });

  it('is known to be a whole id without a list', () => {
    expect(isWholeId(rolloutId(1_700_000_000_123))).toBe(true);
    expect(isWholeId('20261130-150000000')).toBe(false);
    expect(isWholeId('20261130-150000000-ab12-around')).toBe(false);
  });
});
