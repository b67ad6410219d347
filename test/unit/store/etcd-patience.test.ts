import { describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/domain/failure.ts';
import { createPatience } from '../../../src/store/etcd/patience.ts';

/** An etcd that is away until `backMs`, and somebody who waits for it up to `limitMs`. */
async function waitFor(backMs: number, limitMs: (nowMs: number) => number) {
  let nowMs = 0;
  const told: string[] = [];
  const timing = {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const patiently = createPatience({
    timing,
    limitMs: () => limitMs(nowMs),
    tell: (text) => told.push(text),
  });
  const attempt = async () => (nowMs < backMs ? fail({ kind: 'away', why: 'x' } as const) : ok(7));
  const ask = () => patiently(attempt);
  return { answers: await Promise.all([ask(), ask()]), told, nowMs };
}

const away = 'etcd does not answer (x): waiting for it, changing nothing';

describe('the patience with an etcd that is away', () => {
  it('lasts for a minute without it, says so once, and goes on within seconds', async () => {
    const { answers, told, nowMs } = await waitFor(60_000, () => 300_000);
    expect(answers).toEqual([ok(7), ok(7)]);
    expect(told).toEqual([away, 'etcd answers again: going on']);
    expect(nowMs).toBeLessThan(65_000);
  });

  it('says nothing of an election', async () => {
    const { answers, told } = await waitFor(1_500, () => 300_000);
    expect(answers).toEqual([ok(7), ok(7)]);
    expect(told).toEqual([]);
  });

  it('ends at its limit, and soon when somebody wants to stop', async () => {
    const { answers, nowMs } = await waitFor(600_000, () => 300_000);
    expect(answers[0]).toEqual(fail({ kind: 'away', why: 'x' }));
    expect(nowMs).toBeLessThan(303_000);
    const stopped = await waitFor(600_000, (now) => (now > 20_000 ? 5_000 : 300_000));
    expect(stopped.answers[0]).toEqual(fail({ kind: 'away', why: 'x' }));
    expect(stopped.nowMs).toBeLessThan(25_000);
  });
});
