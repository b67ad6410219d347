import { describe, expect, it } from 'vitest';
import { isWitness } from '../../../../src/guard/decide/corroborated-by.ts';
import {
  type Health,
  hear,
  isFailing,
  riseOf,
  unasked,
} from '../../../../src/guard/decide/health.ts';
import {
  type Folder,
  folderEvents,
  isNamed,
  releasedBy,
} from '../../../../src/guard/decide/maintenance.ts';
import { elapsedAt, nextStepAt, rampWeight } from '../../../../src/guard/decide/ramp-up.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const timing = { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 };
const streak = (passed: boolean, sinceMs: number, askedMs: number) =>
  ({ passed, count: 3, sinceMs, askedMs, detail: '' }) as const;
const up = (sinceMs: number, askedMs: number): Health => ({
  ...unasked,
  verdict: 'up',
  streak: streak(true, sinceMs, askedMs),
});
const down: Health = { ...unasked, verdict: 'down', streak: streak(false, 10_000, 14_000) };

describe('a server whose good answers show that the check works', () => {
  it('was good before the other failed, and was asked since', () => {
    expect(isWitness(up(9_999, 10_000), down, 14_000, timing)).toBe(true);
    expect(isWitness(up(9_999, 9_999), down, 14_000, timing)).toBe(false);
  });

  it('that was bad meanwhile has been good until every other was asked too', () => {
    expect(isWitness(up(10_000, 12_000), down, 12_999, timing)).toBe(false);
    expect(isWitness(up(10_000, 12_000), down, 13_000, timing)).toBe(true);
  });

  it('is up, its last answer is good, and the other one is failing', () => {
    const good = up(0, 13_000);
    expect(isWitness({ ...good, verdict: 'unknown' }, down, 14_000, timing)).toBe(false);
    const bad = { ...good, streak: streak(false, 0, 13_000) };
    expect(isWitness(bad, down, 14_000, timing)).toBe(false);
    expect(isWitness({ verdict: 'up', downsMs: [] }, down, 14_000, timing)).toBe(false);
    expect(isWitness(good, unasked, 14_000, timing)).toBe(false);
    expect(isWitness(good, up(10_000, 12_000), 14_000, timing)).toBe(false);
  });
});

describe('the health of a server', () => {
  const heard = (answers: string, before: Health = unasked): Health =>
    [...answers].reduce((health, one, index) => {
      const atMs = 2_000 * index;
      return hear(health, { passed: one === '+', askedMs: atMs, atMs, detail: '' }, timing);
    }, before);

  it.each([
    ['+', 'unknown'],
    ['++', 'up'],
    ['+-+', 'unknown'],
    ['--', 'unknown'],
    ['---', 'down'],
    ['++--', 'up'],
    ['++---', 'down'],
    ['++--+--', 'up'],
    ['---+', 'down'],
    ['---++', 'up'],
  ])('after %s is %s: rise 2, fall 3', (answers, verdict) => {
    expect(heard(answers).verdict).toBe(verdict);
  });

  it('fails while it is down and its last answer is bad', () => {
    expect(isFailing(heard('---'))).toBe(true);
    expect(isFailing(heard('---+'))).toBe(false);
    expect(isFailing(heard('++--'))).toBe(false);
  });

  it('has fallen only where it was up', () => {
    expect(heard('---').downsMs).toEqual([]);
    expect(heard('++---').downsMs).toEqual([8_000]);
    expect(heard('++----').downsMs).toEqual([8_000]);
  });

  it('forgets a fall after 300 intervals', () => {
    const fallen: Health = { ...heard('++---'), downsMs: [8_000] };
    const at = (atMs: number) =>
      hear(fallen, { passed: false, askedMs: atMs, atMs, detail: '' }, timing).downsMs;
    expect(at(607_999)).toEqual([8_000]);
    expect(at(608_000)).toEqual([]);
  });

  it.each([
    [0, 2],
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [5, 32],
    [9, 32],
  ])('after %i falls needs %i good answers to be up', (falls, needed) => {
    expect(riseOf({ verdict: 'down', downsMs: Array(falls).fill(0) }, timing)).toBe(needed);
  });
});

describe('a server that comes back', () => {
  const weights = (wanted: number, overMs: number, everyMs: number) =>
    Array.from({ length: Math.ceil(overMs / everyMs) + 1 }, (_, k) =>
      rampWeight({ wanted, overMs }, k * everyMs),
    );

  it('has weight 1 at once, and ten steps at most, a second apart at least', () => {
    expect(weights(100, 30_000, 3_000)).toEqual([1, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(weights(3, 30_000, 15_000)).toEqual([1, 2, 3]);
    expect(weights(101, 2_000, 1_000)).toEqual([1, 51, 101]);
    expect(weights(1, 30_000, 30_000)).toEqual([1, 1]);
    expect(rampWeight({ wanted: 100, overMs: 0 }, 0)).toBe(100);
  });

  it('is as far on its way as its weight says', () => {
    const ramp = { wanted: 100, overMs: 30_000 };
    expect(elapsedAt(ramp, 1)).toBe(0);
    expect(elapsedAt(ramp, 29)).toBe(6_000);
    expect(elapsedAt(ramp, 30)).toBe(9_000);
    expect(elapsedAt(ramp, 100)).toBe(30_000);
    expect(elapsedAt({ wanted: 1, overMs: 30_000 }, 1)).toBe(30_000);
  });

  it('has its next step when it is due', () => {
    const ramp = { wanted: 100, overMs: 30_000 };
    expect([0, 2_999, 3_000].map((ms) => nextStepAt(ramp, ms))).toEqual([3_000, 3_000, 6_000]);
    expect(nextStepAt({ wanted: 1, overMs: 30_000 }, 0)).toBe(30_000);
  });
});

describe('the maintenance folder', () => {
  const [a80, a81, b80] = [
    realServer('10.0.0.1', 1),
    realServer('10.0.0.1', 1, { port: 81 }),
    realServer('10.0.0.2', 1),
  ];
  const service = wrrService([a80, b80]);
  const snapshot = snapshotOf([service]);
  const folder = (...names: readonly string[]): Folder =>
    new Map(
      names.map((name) => {
        const [address = '', port] = name.split('_');
        return [
          name,
          { name, servers: [port ? { address, port: Number(port) } : { address }] } as never,
        ];
      }),
    );

  it('names a host on every port, or on one', () => {
    expect([a80, a81, b80].map((one) => isNamed(folder('10.0.0.1'), one))).toEqual([
      true,
      true,
      false,
    ]);
    expect([a80, a81].map((one) => isNamed(folder('10.0.0.1_81'), one))).toEqual([false, true]);
  });

  it('releases a server whose last file is gone', () => {
    const both = folder('10.0.0.1', '10.0.0.1_80');
    expect(releasedBy(both, folder('10.0.0.1'), snapshot)).toEqual([]);
    expect(releasedBy(both, folder(), snapshot)).toEqual([[service.key, a80.key]]);
    expect(releasedBy(folder(), folder(), snapshot)).toEqual([]);
  });

  it('reports each file once, when it comes and when it goes', () => {
    const one = folder('10.0.0.1');
    const event = { name: '10.0.0.1', servers: [a80.key] };
    expect(folderEvents(folder(), one, snapshot)).toEqual([{ type: 'maintenance-on', ...event }]);
    expect(folderEvents(one, one, snapshot)).toEqual([]);
    expect(folderEvents(one, folder(), snapshot)).toEqual([{ type: 'maintenance-off', ...event }]);
  });

  it('reports a name that means nothing once, and again when that changes', () => {
    const wrong = (problem: string): Folder =>
      new Map([['web9', { name: 'web9', servers: [], problem } as never]]);
    const warning = { type: 'warning', code: 'unknown-maintenance-name', message: 'no web9' };
    expect(folderEvents(folder(), wrong('no web9'), snapshot)).toEqual([warning]);
    expect(folderEvents(wrong('no web9'), wrong('no web9'), snapshot)).toEqual([]);
    expect(folderEvents(wrong('else'), wrong('no web9'), snapshot)).toEqual([warning]);
    expect(folderEvents(wrong('no web9'), folder(), snapshot)).toEqual([]);
  });
});
