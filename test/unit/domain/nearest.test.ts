import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, editsBetween, nearest } from '../../../src/domain/nearest.ts';

describe('the word that was meant', () => {
  it.each([
    ['bleu', ['green', 'blue'], 'blue'],
    ['form', ['from', 'to'], 'from'],
    ['Blue', ['blue'], 'blue'],
    ['rolback', ['rollback', 'pause'], 'rollback'],
    ['web11', ['web1', 'web2'], 'web1'],
    ['10.0.0.1:8081', ['10.0.0.1:8080', '10.0.0.9:80'], '10.0.0.1:8080'],
    ['setscheduler', ['setScheduler'], 'setScheduler'],
    ['A', ['a'], 'a'],
    ['too', ['to'], 'to'],
    ['set', ['setup'], 'setup'],
    ['webs', ['webs-eu'], 'webs-eu'],
    ['web', ['web1', 'web2'], 'web1'],
    ['rolback', ['rollbacks', 'rollback'], 'rollback'],
    ['host', ['port'], undefined],
    ['production', ['producttest'], undefined],
    ['in', ['demo', 'out'], undefined],
    ['10.0.0.200', ['web1'], undefined],
    ['', ['a', 'ab'], undefined],
  ])('of %j among %j is %j', (word, known, meant) => {
    expect(nearest(word, known)).toBe(meant);
  });

  it('is said behind what is unknown, and is shown harmlessly', () => {
    expect(didYouMean('bleu', ['blue'])).toBe(' (did you mean blue?)');
    expect(didYouMean('bleu', ['green'])).toBe('');
    expect(didYouMean('blue1', ['blue1\u001b'])).toBe(' (did you mean blue1\\x1b?)');
  });
});

describe('edits between two words', () => {
  const word = fc.string({ maxLength: 8 });

  it('are none between a word and itself, as many both ways, and no more than letters', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editsBetween(a, a)).toBe(0);
        expect(editsBetween(a, b)).toBe(editsBetween(b, a));
        expect(editsBetween(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(editsBetween(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('are one where a letter is missing, wrong, too many or on the wrong side of its neighbour', () => {
    for (const typed of ['drin', 'drein', 'draiin', 'darin']) {
      expect(editsBetween(typed, 'drain')).toBe(1);
    }
  });
});
