import { describe, expect, it } from 'vitest';
import { parseCommandWords } from '../../../src/ipvs/command-words.ts';

describe('--ipvsadm', () => {
  it('is split at blanks of any kind', () => {
    expect(parseCommandWords('  ip netns\texec lb  ipvsadm ')).toEqual({
      ok: true,
      value: ['ip', 'netns', 'exec', 'lb', 'ipvsadm'],
    });
  });

  it.each(['', ' \t\n'])('must say something: %j', (text) => {
    expect(parseCommandWords(text)).toMatchObject({ ok: false, failure: { kind: 'usage' } });
  });

  it.each(["sudo 'ipvsadm'", 'sh -c "ipvsadm"', '`ipvsadm`'])('refuses quotes: %s', (text) => {
    expect(parseCommandWords(text)).toMatchObject({
      ok: false,
      failure: { kind: 'usage', what: expect.stringContaining(text) },
    });
  });
});
