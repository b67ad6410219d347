import { describe, expect, it } from 'vitest';
import { type FleetRun, type FleetScript, playFleet } from '../../support/simulated-fleet.ts';
import { target } from '../../support/simulated-ipvs.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
`;
const ended = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 4
`;
const sketch = {
  from: '10.0.0.1',
  to: '10.0.0.2',
  ramp: { overMs: 100_000, everyMs: 10_000 },
};
const traffic = {
  service: 'tcp/10.0.0.100:80' as never,
  target,
  perSecond: 20,
  arrivals: 'even',
  lifeMs: 4_000,
  endings: [{ ending: 'client-fin', share: 1 }],
  clients: 50,
  portsPerClient: 20_000,
  packetEveryMs: 500,
} as const;

const play = (script: Partial<FleetScript>): Promise<FleetRun> =>
  playFleet({ sketch, machines: Array.from({ length: 4 }, () => ({ table })), ...script });

const stepsOf = ({ events }: FleetRun) =>
  events.flatMap((event) => (event.type === 'step-applied' ? [event] : []));

const lines = (text: string | undefined) => (text ?? '').trim().split('\n').toSorted();
const allTables = (run: FleetRun) => [...run.tables().values()].map(lines);
const warnings = ({ events }: FleetRun) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));

describe('four directors in one rollout', () => {
  it('take each step together, and the old server leaves all of them', async () => {
    const run = await play({});
    expect(run.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(allTables(run)).toEqual(Array.from({ length: 4 }, () => lines(ended)));
    const steps = stepsOf(run);
    expect(steps).toHaveLength(4 * 11);
    for (let step = 0; step <= 10; step++) {
      const times = steps.filter((one) => one.step === step).map(({ at }) => Date.parse(at));
      expect(times).toHaveLength(4);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1_000);
    }
  });

  it('keep the old server until it is empty on the last of them', async () => {
    const slow = { ...traffic, lifeMs: 60_000 };
    const machines = [{ table }, { table }, { table, traffic: [slow] }, { table }];
    const run = await play({ machines });
    expect(run.end.outcome).toBe('done');
    const removed = run.events.filter(({ type }) => type === 'removed');
    expect(removed).toHaveLength(4);
    const lastStep = Date.parse(stepsOf(run).at(-1)?.at ?? '');
    for (const { at } of removed) expect(Date.parse(at) - lastStep).toBeGreaterThan(20_000);
  });

  it('have baselines of their own: a rollback brings back what each had', async () => {
    const other = table.replace('-w 4', '-w 8');
    const machines = [{ table }, { table: other }];
    const run = await play({ machines });
    expect(run.end.outcome).toBe('done');
    const back = await run.goOn({ back: 'at-once' });
    expect(back.outcome).toBe('rolled-back');
    expect([...run.tables()].map(([, text]) => lines(text))).toEqual([lines(table), lines(other)]);
  });
});

describe('a director that fails in the middle', () => {
  it.each(['hangs', 'refuses', 'answers-lost'] as const)(
    'and %s: the others are held with it, and the message says who has what',
    async (outage) => {
      const run = await play({
        sketch: { ...sketch, policy: { onFailure: 'hold' } },
        during: ({ at, fail }) => at(35_000, () => fail('lb2', outage)),
      });
      expect(run.end).toMatchObject({ outcome: 'held', exitCode: 7 });
      expect(run.end.message).toContain('lb2');
      expect(run.end.message).toContain('held at step');
      run.fail('lb2', undefined);
      const end = await run.goOn('forward');
      expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(allTables(run)).toEqual(Array.from({ length: 4 }, () => lines(ended)));
    },
  );

  it('turns the others back, and is brought back as soon as it answers', async () => {
    const run = await play({
      during: ({ at, fail }) => {
        at(35_000, () => fail('lb2', 'refuses'));
        at(60_000, () => fail('lb2', undefined));
      },
    });
    expect(run.end).toMatchObject({ outcome: 'rolled-back', exitCode: 7 });
    expect(allTables(run)).toEqual([...run.before.values()].map(lines));
    expect(warnings(run)).toEqual(expect.arrayContaining(['director-lost', 'director-regained']));
  });

  it('is left where it stands when it stays away, and rolled back later', async () => {
    const run = await play({
      during: ({ at, fail }) => at(35_000, () => fail('lb2', 'refuses')),
    });
    expect(run.end).toMatchObject({ outcome: 'held', exitCode: 7 });
    expect(run.end.message).toMatch(/lb2 cannot be reached \(lb2: lost at step 3( or 4)? of 10\)/);
    expect(run.end.message).toContain('roll back again when it is back');
    for (const [name, text] of run.tables()) {
      if (name !== 'lb2') expect(lines(text)).toEqual(lines(table));
    }
    run.fail('lb2', undefined);
    const end = await run.goOn({ back: 'at-once' });
    expect(end.outcome).toBe('rolled-back');
    expect(allTables(run)).toEqual([...run.before.values()].map(lines));
  });
});

describe('a quorum', () => {
  it('goes on without a lost director, on time, and brings it to the current step when it returns', async () => {
    const run = await play({
      quorum: 3,
      during: ({ at, fail }) => {
        at(35_000, () => fail('lb2', 'hangs'));
        at(82_000, () => fail('lb2', undefined));
      },
    });
    expect(run.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(allTables(run)).toEqual(Array.from({ length: 4 }, () => lines(ended)));
    const late = stepsOf(run).filter(({ director, step }) => director !== 'lb2' && step > 7);
    for (const { lateMs } of late) expect(lateMs).toBeLessThan(1_000);
    expect(warnings(run)).toEqual(expect.arrayContaining(['director-lost', 'director-regained']));
  });

  it('does not take the old server for empty while a lost director may hold it', async () => {
    const slow = { ...traffic, lifeMs: 20_000 };
    const run = await play({
      machines: [{ table }, { table, traffic: [slow] }, { table }],
      quorum: 2,
      during: ({ at, fail }) => {
        at(95_000, () => fail('lb2', 'refuses'));
        at(160_000, () => fail('lb2', undefined));
      },
    });
    expect(run.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const removedAt = (name: string) =>
      run.events.flatMap((event) =>
        event.type === 'removed' && event.director === name
          ? [Date.parse(event.at) - run.startMs]
          : [],
      );
    expect(removedAt('lb1')[0]).toBeLessThan(150_000);
    expect(removedAt('lb2')).toHaveLength(1);
    // Its clients had their time: from the moment in which it got weight 0.
    expect(removedAt('lb2')[0]).toBeGreaterThan(165_000);
  });

  it('ends held, with the work done elsewhere, when it never returns', async () => {
    const run = await play({
      quorum: 3,
      sketch: { ...sketch, policy: { drainTimeoutMs: 60_000 } },
      during: ({ at, fail }) => at(35_000, () => fail('lb2', 'refuses')),
    });
    expect(run.end).toMatchObject({ outcome: 'held', exitCode: 7 });
    expect(run.end.message).toContain('done everywhere else: 10.0.0.1:80 removed');
    run.fail('lb2', undefined);
    expect(await run.goOn('forward')).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(allTables(run)).toEqual(Array.from({ length: 4 }, () => lines(ended)));
  });

  it('that is not met any more turns back', async () => {
    const run = await play({
      quorum: 3,
      during: ({ at, fail }) => {
        at(25_000, () => fail('lb2', 'refuses'));
        at(45_000, () => fail('lb3', 'refuses'));
        at(90_000, () => fail('lb2', undefined));
        at(91_000, () => fail('lb3', undefined));
      },
    });
    expect(run.end).toMatchObject({ outcome: 'rolled-back', exitCode: 7 });
    expect(allTables(run)).toEqual([...run.before.values()].map(lines));
  });

  it('takes a director that was started anew from the table of before', async () => {
    const run = await play({
      quorum: 3,
      during: ({ at, fail, simulations }) => {
        at(35_000, () => fail('lb2', 'refuses'));
        at(70_000, () => {
          const machine = simulations.get('lb2');
          machine?.ipvsadm(['-C']);
          machine?.ipvsadm(['-R'], table);
          fail('lb2', undefined);
        });
      },
    });
    expect(run.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(warnings(run)).toContain('director-reset');
    expect(allTables(run)).toEqual(Array.from({ length: 4 }, () => lines(ended)));
  });

  it('overwrites nothing on a lost director that somebody else has changed', async () => {
    const run = await play({
      quorum: 3,
      during: ({ at, fail, simulations }) => {
        at(35_000, () => fail('lb2', 'refuses'));
        at(70_000, () => {
          const edit = '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 77';
          simulations.get('lb2')?.ipvsadm(edit.split(' '));
          fail('lb2', undefined);
        });
      },
    });
    expect(run.end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(run.tables().get('lb2')).toContain('-w 77');
  });
});

describe('directors that copy each other by the sync daemon', () => {
  it('count a connection once', async () => {
    // The same clients on both, as a backup has them from its master.
    const machines = [
      { table, traffic: [traffic] },
      { table, traffic: [traffic] },
    ];
    const policy = { drainTimeoutMs: 1_000, settleMs: 0 };
    const once = await play({
      machines,
      sketch: { ...sketch, policy },
      syncGroups: { lb1: 7, lb2: 7 },
    });
    const twice = await play({ machines, sketch: { ...sketch, policy } });
    const connections = ({ end }: FleetRun) =>
      Number(/\((\d+) connections\)/.exec(end.message)?.[1]);
    expect(once.end.exitCode).toBe(4);
    expect(connections(twice)).toBeGreaterThan(connections(once));
    expect(Math.abs(connections(twice) - 2 * connections(once))).toBeLessThan(connections(once));
  });
});
