import { describe, expect, it } from 'vitest';
import { hasColour } from '../../../src/terminal/output.ts';

describe('colours', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ TERM: 'dumb' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '1', TERM: 'dumb' }, true, true],
    [{ FORCE_COLOR: '' }, false, false],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '3', NO_COLOR: '1' }, true, false],
  ] as const)('with %j on a terminal (%s): %s', (env, isTty, expected) => {
    expect(hasColour(env, isTty)).toBe(expected);
  });
});
