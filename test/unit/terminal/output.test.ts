import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasColour, isJournal } from '../../../src/terminal/output.ts';

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

describe('the journal of systemd', () => {
  it('is known by the device and inode of the stream that it reads', async () => {
    const file = await open(fileURLToPath(import.meta.url));
    try {
      const { dev, ino } = await file.stat({ bigint: true });
      expect(isJournal(file.fd, `${dev}:${ino}`)).toBe(true);
      expect(isJournal(file.fd, `${dev}:${ino}1`)).toBe(false);
      expect(isJournal(file.fd, undefined)).toBe(false);
      expect(isJournal(undefined, `${dev}:${ino}`)).toBe(false);
    } finally {
      await file.close();
    }
  });
});
