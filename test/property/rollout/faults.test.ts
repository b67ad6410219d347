import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import {
  type FaultPlan,
  type FaultyRollout,
  type FaultyRolloutOptions,
  openFaultyRollout,
  type Stand,
} from '../../support/faulty-rollout.ts';
import {
  type FaultKind,
  faultKinds,
  faultsWithoutEffect,
  isEdit,
} from '../../support/ipvsadm-faults.ts';
import { thinTraffic } from '../../support/web-traffic.ts';

/** Every fault at every `stride`th call, and at another one for each kind; 1 tries them all. */
const stride = Number(process.env.DRAIN_FAULT_STRIDE ?? 4);

const randomRuns = Number(process.env.DRAIN_FAULT_RUNS ?? 60);

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 5000 -y 4000
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
`;

type Faults = Omit<FaultyRolloutOptions, 'sketch' | 'simulation'>;

const open = (faults: Faults = {}, policy = {}): Promise<FaultyRollout> =>
  openFaultyRollout({
    sketch: {
      from: '10.0.0.1',
      to: '10.0.0.2',
      ramp: { overMs: 4_000, everyMs: 1_000 },
      policy: { settleMs: 1_000, ...policy },
    },
    simulation: { seed: 7, table, traffic: [thinTraffic] },
    ...faults,
  });

const undisturbed = await (await open()).run();

/** Calls of an undisturbed rollout at which this kind is tried. */
const callsFor = (kind: FaultKind, calls: number): readonly number[] => {
  const all = Array.from({ length: calls }, (_, call) => call);
  const offset = faultKinds.indexOf(kind) % stride;
  return all.filter((call) => call % stride === offset);
};

function expectNobodyHurt(rollout: FaultyRollout, where: string): void {
  expect(rollout.lowestTotal(), where).toBeGreaterThan(0);
  const { refused, reset, hung } = rollout.simulation.statistics;
  expect({ refused, reset, hung }, where).toEqual({ refused: 0, reset: 0, hung: 0 });
}

/**
 * An edit, and three attempts at the listing that has to follow it, a second apart: each is one
 * process or, where a service is said to be gone, two.
 */
function expectBounded(stand: Stand, where: string): void {
  expect(stand.callsSinceFault, where).toBeLessThanOrEqual(1 + 3 * 2);
  expect(stand.msSinceFault, where).toBeLessThanOrEqual(4 * 10_000 + 3 * 1_000 + 500);
}

describe.each(faultKinds)('an ipvsadm that %s', (kind) => {
  const calls = callsFor(kind, undisturbed.calls);

  it.each([1, 2])('%i times, from any call on, is tried again until it is done', async (times) => {
    for (const call of calls) {
      const where = `call ${call} of ${undisturbed.calls}`;
      const rollout = await open({
        faults: (index) => (index >= call && index < call + times ? kind : undefined),
      });
      const stand = await rollout.run();
      expect(stand.end, where).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(stand.table, where).toBe(undisturbed.table);
      expect(stand.drift, where).toEqual([]);
      expectNobodyHurt(rollout, where);
    }
  });

  it('from any call on for good is held as the journal says, and goes on when it is mended', async () => {
    for (const call of calls) {
      const where = `call ${call} of ${undisturbed.calls}`;
      const rollout = await open({ faults: (index) => (index >= call ? kind : undefined) });
      const stand = await rollout.run();
      // The last edit, and the table that is read back with it is the final one, whatever was said.
      if (kind === 'fails-afterwards' && stand.end.outcome === 'done') {
        expect(stand.table, where).toBe(undisturbed.table);
        continue;
      }
      expect(stand.end, where).toMatchObject({ outcome: 'held', exitCode: 7 });
      expect(stand.end.message, where).toMatch(/director sim failed 3 times: .*; held /);
      expect(stand.end.message, where).not.toMatch(/\p{Cc}/u);
      expectStanding(stand, kind, where);
      expectBounded(stand, where);
      const resumed = await rollout.resume();
      expect(resumed.end, where).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(resumed.table, where).toBe(undisturbed.table);
      expectNobodyHurt(rollout, where);
    }
  });

  it('with every edit from some step on is done when the edits stand, and held when they do not', async () => {
    for (const edit of [0, 1, 3]) {
      const where = `edit ${edit}`;
      const rollout = await open({ faults: everyEditFrom(edit, kind) });
      const stand = await rollout.run();
      expect([0, 7], where).toContain(stand.end.exitCode);
      expectStanding(stand, kind, where);
      if (faultsWithoutEffect.includes(kind)) expect(stand.end.exitCode, where).toBe(7);
      const last = stand.end.outcome === 'held' ? await rollout.resume() : stand;
      expect(last.end, where).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(last.table, where).toBe(undisturbed.table);
      expectNobodyHurt(rollout, where);
    }
  });

  it('while the rollout goes back: the table from before stands in the end', async () => {
    const stopping = { stopAfterMs: 2_500 };
    const back = { onInterrupt: 'rollback' };
    const whole = await (await open(stopping, back)).run();
    expect(whole.end).toMatchObject({ outcome: 'rolled-back', exitCode: 130 });
    for (const call of callsFor(kind, whole.calls)) {
      const where = `call ${call} of ${whole.calls}`;
      const rollout = await open(
        { ...stopping, faults: (index) => (index >= call ? kind : undefined) },
        back,
      );
      const stand = await rollout.run();
      expect(stand.end, where).toMatchObject({ outcome: 'held', exitCode: 7 });
      expectStanding(stand, kind, where);
      const turned = stand.state.phase.kind === 'rolling-back';
      const resumed = await rollout.resume();
      expect(resumed.table, where).toBe(turned ? rollout.before : undisturbed.table);
      expect(resumed.end.outcome, where).toBe(turned ? 'rolled-back' : 'done');
      expectNobodyHurt(rollout, where);
    }
  });
});

/** The table is what the journal says; to the letter where no edit can have taken effect unseen. */
function expectStanding(stand: Stand, kind: FaultKind, where: string): void {
  expect(stand.drift, where).toEqual([]);
  if (faultsWithoutEffect.includes(kind)) expect(stand.strictDrift, where).toEqual([]);
}

function everyEditFrom(first: number, kind: FaultKind): FaultPlan {
  let edits = 0;
  return (_, stdin) => (stdin.split('\n').some(isEdit) && edits++ >= first ? kind : undefined);
}

describe('an ipvsadm that does all of this now and then', () => {
  it(`hurts nobody, and the rollout is done in the end, over ${randomRuns} seeded runs`, async () => {
    for (let seed = 1; seed <= randomRuns; seed++) {
      const where = `seed ${seed}`;
      const prng = createPrng(seed);
      const oneIn = 2 + prng.below(8);
      const rollout = await open({
        faults: () =>
          prng.below(oneIn) === 0 ? faultKinds[prng.below(faultKinds.length)] : undefined,
      });
      const stand = await rollout.run();
      expect([0, 7], `${where}: ${stand.end.message}`).toContain(stand.end.exitCode);
      expect(stand.drift, where).toEqual([]);
      const last = stand.end.outcome === 'held' ? await rollout.resume() : stand;
      expect(last.end, where).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(last.table, where).toBe(undisturbed.table);
      expectNobodyHurt(rollout, where);
    }
  });
});

describe('a journal that cannot be written', () => {
  it.each(['is-lost', 'is-kept'] as const)(
    'from any entry on stops the rollout before the change, and goes on when it is mended: the entry %s',
    async (fault) => {
      const entries = (await written()).length;
      expect(entries).toBeGreaterThan(12);
      for (let entry = 0; entry < entries; entry++) {
        const where = `entry ${entry} of ${entries}`;
        const rollout = await open({
          writeFaults: (index) => (index >= entry ? fault : undefined),
        });
        const stand = await rollout.run();
        expect(stand.end, where).toMatchObject({ outcome: 'held', exitCode: 7 });
        expect(stand.end.message, where).toContain(
          'the journal cannot be written: the disk is full',
        );
        expect(stand.table, where).toBe(rollout.tableAtLostWrite());
        expect(stand.drift, where).toEqual([]);
        expectNobodyHurt(rollout, where);
        if (foldedEnd(rollout) === 'done') continue;
        const resumed = await rollout.resume();
        expect(resumed.end, where).toMatchObject({ outcome: 'done', exitCode: 0 });
        expect(resumed.table, where).toBe(undisturbed.table);
        expectNobodyHurt(rollout, where);
      }
    },
  );

  const written = async () => {
    const rollout = await open();
    await rollout.run();
    return rollout.entries.slice(1);
  };
  const foldedEnd = ({ entries }: FaultyRollout) => {
    const last = entries.at(-1);
    return last?.type === 'ended' ? last.outcome : undefined;
  };
});
