import { describe, expect, it } from 'vitest';
import type { LockFile } from '../../../src/store/folder/locks/lock-file.ts';
import { judgeHolder } from '../../../src/store/folder/locks/lock-verdict.ts';
import { places } from '../../support/lock-world.ts';

const lockIn = (place: LockFile['place'], startTicks = '77'): LockFile => ({
  ...{ rollout: 'r1', pid: 42, startTicks, sinceMs: 0, place },
});
const { host, container, rebooted, other, blind } = places;

describe('the holder of a lock', () => {
  it.each([
    ['in the same place, with its process', host, host, '77', 0, 'alive'],
    ['in the same place, silent because it was stopped', host, host, '77', 600_000, 'alive'],
    ['in the same place, without its process', host, host, undefined, 0, 'dead'],
    ['in the same place, its number used again', host, host, '78', 0, 'dead'],
    ['in the same place, of a user whose processes are hidden', host, host, 'hidden', 0, 'heard'],
    ['in the same place, hidden and silent', host, host, 'hidden', 20_000, 'silent'],
    ['in a container, of a number that is another process here', container, host, '78', 0, 'heard'],
    ['in a container, of a number that is no process here', container, host, undefined, 0, 'heard'],
    ['in a container, silent', container, host, undefined, 10_001, 'silent'],
    ['outside of this container', host, container, undefined, 9_000, 'heard'],
    ['on another machine', other, host, '77', 0, 'heard'],
    ['on a machine whose clock is a minute ahead', other, host, undefined, -60_000, 'silent'],
    ['before the reboot', host, rebooted, undefined, 10_001, 'dead'],
    ['before the reboot, by the clock just now', host, rebooted, undefined, 0, 'heard'],
    ['of a place without /proc', blind, host, undefined, 0, 'heard'],
    ['seen from a place without /proc', host, blind, undefined, 0, 'heard'],
    ['of another place without /proc, silent', blind, blind, undefined, 20_000, 'silent'],
  ] as const)('%s', (_, there, here, startTicks, silenceMs, verdict) => {
    expect(judgeHolder(lockIn(there), { here, startTicks, silenceMs })).toBe(verdict);
  });

  it.each([
    ['with its process', '77', '77', 'alive'],
    ['without', '77', undefined, 'dead'],
    ['with another process of that number', '77', '78', 'dead'],
    ['with a process that is hidden', '77', 'hidden', 'alive'],
    ['written without /proc', '', undefined, 'silent'],
  ] as const)('of the version before, %s', (_, written, startTicks, verdict) => {
    const lock = lockIn(undefined, written);
    expect(judgeHolder(lock, { here: host, startTicks, silenceMs: 60_000 })).toBe(verdict);
  });

  it('of a damaged file is known by its signs of life', () => {
    const sight = { here: host, startTicks: undefined };
    expect(judgeHolder(undefined, { ...sight, silenceMs: 100 })).toBe('heard');
    expect(judgeHolder(undefined, { ...sight, silenceMs: 60_000 })).toBe('silent');
  });
});
