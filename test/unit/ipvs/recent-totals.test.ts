import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import { connect } from '../../support/simulated-ipvs.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const table = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1\n';

function start() {
  const stdins: string[] = [];
  let isDown = false;
  const simulation = createSimulatedIpvsadm({
    seed: 1,
    table,
    faults: ({ stdin }) => {
      stdins.push(stdin);
      return isDown ? { kind: 'timed-out', afterMs: 10_000 } : undefined;
    },
  });
  const { clock, runner } = simulation;
  const director = createDirector({ name: 'sim', runner, nowMs: () => clock.nowMs() });
  const wait = (ms: number): Promise<void> => clock.sleepUntil(clock.nowMs() + ms);
  const breakDown = (): void => {
    isDown = true;
  };
  return { simulation, director, stdins, clock, wait, breakDown };
}

describe('totals', () => {
  it('come along with a sample, and are those that a listing of their own has', async () => {
    const { director, simulation, clock, wait } = start();
    expect(director.recentTotals()).toBeUndefined();
    connect(simulation, 2_001);
    // The kernel adds them up every two seconds.
    await wait(3_000);
    const askedMs = clock.nowMs();
    expect(await director.sample([web])).toMatchObject({ ok: true });
    expect(director.recentTotals()?.atMs).toBe(askedMs);
    const listed = await director.totals([web]);
    expect(listed).toEqual({ ok: true, value: director.recentTotals()?.totals });
    expect(director.recentTotals()?.totals.get(web)?.size).toBe(1);
  });

  it('come along no more often than the kernel adds them up', async () => {
    const { director, stdins, wait } = start();
    for (let sample = 0; sample < 10; sample++) {
      await director.sample([web]);
      await wait(1_000);
    }
    expect(stdins.filter((stdin) => stdin.includes('--stats'))).toHaveLength(5);
  });

  it('stay what they were when a sample fails', async () => {
    const { director, wait, breakDown } = start();
    await director.sample([web]);
    const before = director.recentTotals();
    await wait(3_000);
    breakDown();
    expect(await director.sample([web])).toMatchObject({ ok: false });
    expect(director.recentTotals()).toBe(before);
  });
});
