import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import type { DrainEvent, WeightsByServer } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { type Load, tally } from '../support/lab/clients.ts';
import { describeFleet } from '../support/lab/describe-fleet.ts';
import { type FleetDirector, fleetDirectors, fleetTarget } from '../support/lab/fleet-topology.ts';
import { type SeenWeights, watchWeights } from '../support/lab/fleet-weights.ts';
import type { LabProcess } from '../support/lab/process.ts';

const service = `-t ${fleetTarget.address}:${fleetTarget.port}`;
const [lb1, lb2] = fleetDirectors;
const pair = [lb1, lb2];
const pollMs = 3_000;
/** Four commands at once on the lab's one processor take their time. */
const slowPollMs = 6_000;
/** With what it takes to look. */
const watchEveryMs = 500;

/** A connection that is over leaves the table within a second. */
const timeouts = '--set 900 1 0';
const tableWith = (bystander: number): readonly string[] => [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:80 -g -w 4`,
  `-a ${service} -r 10.0.2.13:80 -g -w ${bystander}`,
];
const replaced = (table: readonly string[]): readonly string[] =>
  table.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')).toSorted();
const onEach = (directors: readonly FleetDirector[], table: readonly string[]) =>
  Object.fromEntries(directors.map(({ name }) => [name, table.toSorted()]));

/** Each of its four steps changes a weight. */
const handOver = [
  ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '12s', '--every', '3s'],
  ...['--settle', '500ms', '--poll', `${pollMs}ms`, '--output', 'json'],
];
/** So that three tries of a director that is gone are over before the ramp is. */
const longer = ['--over', '24s', '--every', '6s'];
/** The same where each try waits for its limit, and four directors share the lab's one processor. */
const longest = ['--over', '80s', '--every', '20s'];
const reached = (directors: readonly FleetDirector[]) =>
  directors.flatMap(({ where }) => ['--director', where]);

const eventsOf = (run: Pick<LabProcess, 'stdout'>) => parseEvents(run.stdout.join('\n'));
const eventOf = async (run: LabProcess, is: (event: DrainEvent) => boolean): Promise<void> => {
  await run.line((line) => parseEvents(line).some(is), 90_000);
};
const stepReached = (run: LabProcess, step: number): Promise<void> =>
  eventOf(run, (event) => event.type === 'step-applied' && event.step >= step);
const isWarning = (code: string) => (event: DrainEvent) =>
  event.type === 'warning' && event.code === code;
const finished = (events: readonly DrainEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'finished') throw new Error(`it ended with ${JSON.stringify(last)}`);
  return last;
};
const begunAs = (run: LabProcess) => {
  const [first] = eventsOf(run);
  if (!first) throw new Error('it has said nothing');
  return first;
};
const nothingFailed = async (load: Load): Promise<void> => {
  const counts = tally(await load.stop());
  expect(Object.keys(counts).filter((name) => name.startsWith('!'))).toEqual([]);
  expect(counts.rs1).toBeGreaterThan(0);
};

/** Between two edits of a batch both servers have the greater of their weights, which a look may meet. */
function isWholeStep({ weights }: SeenWeights): boolean {
  const of = (server: string): number =>
    Number.parseInt(weights.split(`${server}:80 `)[1] ?? '0', 10);
  // On every scale: old and new hold 4 beside the bystander's 2.
  const moved = of('10.0.2.11') + of('10.0.2.12');
  return weights.includes('10.0.2.12') && moved > 0 && moved === 2 * of('10.0.2.13');
}

/** Steps whose weight of the old server stands in a table, by what the rollout said it sets and planned. */
function stepsOf(table: readonly string[] = [], events: readonly DrainEvent[]): readonly string[] {
  const old = table.find((rule) => rule.includes('10.0.2.11'));
  const standing = Number(/-w (\d+)/.exec(old ?? '')?.[1]);
  const steps = events.flatMap(
    (event): readonly { readonly step: number; readonly weights: WeightsByServer }[] =>
      event.type === 'step-applied'
        ? [event]
        : event.type === 'planned'
          ? event.services.flatMap((one) => one.steps)
          : [],
  );
  return steps.flatMap(({ step, weights }) =>
    weights['10.0.2.11:80'] === standing ? [`${step}`] : [],
  );
}

/** `held at step 1 of 4 (10.0.9.11: at step 2 of 4; 10.0.9.12: at step 1 or 2 of 4)`: by address. */
function stepsSaid(message: string, address: string): readonly string[] {
  const held = /held at step (\d) of 4(?: \((.*)\))?(?:; [^()]* is on the scale .*)?$/.exec(
    message,
  );
  const own = held?.[2]?.split('; ').find((part) => part.startsWith(`${address}: `));
  const steps = own ? /at step (\d)(?: or (\d))? of 4$/.exec(own)?.slice(1) : [held?.[1]];
  return (steps ?? []).flatMap((step) => step ?? []);
}

await describeFleet('a rollout over several directors', (fleet, lab) => {
  /** The same table everywhere, and clients all through. */
  const begin = async (
    directors: readonly FleetDirector[],
    table: readonly string[] = tableWith(2),
    perSecond = 6,
  ): Promise<Load> => {
    await fleet().setTables([timeouts, ...table], directors);
    await fleet().spreadOver(directors);
    return lab.clients.load({ ...fleetTarget, perSecond });
  };

  // Programs that the lab reads for the first time, of four sshd at once, take most of the ten seconds
  // that a command has to begin.
  beforeAll(async () => {
    await fleet().setTables([timeouts, ...tableWith(2)], fleetDirectors);
    const plan = ['plan', '--from', '10.0.2.11', '--to', '10.0.2.12', ...reached(fleetDirectors)];
    await eventually(async () => {
      const { exitCode, stderr } = await fleet().drain(plan);
      expect(exitCode, stderr).toBe(0);
    });
  }, 180_000);

  test('hands over on four at once: steps land together, and no request fails', async () => {
    const seen = await watchWeights(lab, fleetDirectors);
    const logins = await Promise.all(fleetDirectors.map(fleet().logins));
    const load = await begin(fleetDirectors);
    const slowPoll = ['--poll', `${slowPollMs}ms`];
    const run = await fleet().drain([...handOver, ...slowPoll, ...reached(fleetDirectors)]);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    await nothingFailed(load);
    expect(await fleet().tables()).toEqual(onEach(fleetDirectors, replaced(tableWith(2))));
    const events = parseEvents(run.stdout);
    const removed = events.filter(({ type }) => type === 'removed');
    expect(removed).toHaveLength(fleetDirectors.length);
    const steps = events.flatMap((event) => (event.type === 'step-applied' ? [event.step] : []));
    for (const step of steps) {
      expect(steps.filter((one) => one === step)).toHaveLength(fleetDirectors.length);
    }
    expect(await Promise.all(fleetDirectors.map(fleet().logins))).toEqual(
      logins.map((before) => before + 1),
    );
    const byDirector = [...seen().values()].map((changes) => changes.filter(isWholeStep));
    const [first = []] = byDirector;
    // Added, stepped, removed: on a busy machine some steps are skipped, on all of them.
    expect(first.length).toBeGreaterThanOrEqual(3);
    let allHadItMs = 0;
    for (const { weights } of first) {
      // A look that came late may have missed a step: that all had it is known from the events.
      const times = byDirector.flatMap(
        (changes) => changes.findLast((one) => one.weights === weights)?.atMs ?? [],
      );
      const [firstMs, lastMs] = [Math.min(...times), Math.max(...times)];
      expect(lastMs - firstMs, weights).toBeLessThan(slowPollMs);
      // None begins a step before all have the one before it; old servers leave one by one.
      if (weights.includes('10.0.2.11')) expect(firstMs + watchEveryMs).toBeGreaterThan(allHadItMs);
      allHadItMs = lastMs;
    }
  }, 180_000);

  test('goes on with a quorum while one stands still, and brings it to the current step before it counts', async () => {
    const load = await begin(fleetDirectors);
    const run = await fleet().startDrain([
      ...handOver,
      ...longest,
      ...reached(fleetDirectors),
      ...['--quorum', '3'],
    ]);
    await stepReached(run, 1);
    await fleet().freeze(lb2.name);
    await eventOf(run, isWarning('director-lost'));
    const lostAt = eventsOf(run).findIndex(isWarning('director-lost'));
    const isLater = (event: DrainEvent) => event.type === 'step-applied';
    const lost = eventsOf(run).slice(0, lostAt);
    const stood = Math.max(...lost.flatMap((one) => (one.type === 'step-applied' ? one.step : [])));
    expect(stood).toBeLessThan(4);
    while (!eventsOf(run).slice(lostAt).some(isLater)) await sleep(100);
    await fleet().thaw(lb2.name);
    expect(await run.ended, run.stderr.join('\n')).toMatchObject({ exitCode: 0 });
    await nothingFailed(load);
    expect(await fleet().tables()).toEqual(onEach(fleetDirectors, replaced(tableWith(2))));
    const events = eventsOf(run);
    const regainedAt = events.findIndex(isWarning('director-regained'));
    const between = events.slice(lostAt, regainedAt);
    const stepsIf = (isLb2: boolean) =>
      between.flatMap((event) =>
        event.type === 'step-applied' && (event.director === lb2.address) === isLb2
          ? [event.step]
          : [],
      );
    expect(Math.max(...stepsIf(true))).toBe(Math.max(...stepsIf(false)));
    expect(between.at(-1)).toMatchObject({ type: 'step-applied', director: lb2.address });
  }, 240_000);

  test('goes back when one is cut off, which follows once it can be reached', async () => {
    const load = await begin(pair);
    const args = [...handOver, ...reached(pair), '--on-failure', 'rollback'];
    const run = await fleet().startDrain(args);
    await stepReached(run, 1);
    await fleet().cut(lb2.name);
    while (!isDeepStrictEqual(await fleet().tables([lb1]), onEach([lb1], tableWith(2)))) {
      await sleep(500);
    }
    expect(await fleet().tables([lb2])).not.toEqual(onEach([lb2], tableWith(2)));
    await fleet().mend(lb2.name);
    expect(await run.ended, run.stderr.join('\n')).toMatchObject({ exitCode: 7 });
    const { outcome, message } = finished(eventsOf(run));
    expect(outcome, message).toBe('rolled-back');
    expect(await fleet().tables(pair)).toEqual(onEach(pair, tableWith(2)));
    await nothingFailed(load);
  }, 180_000);

  test('is held when one is gone, says which director has what, and is done by resume when it is back', async () => {
    const load = await begin(pair);
    const args = [...handOver, ...reached(pair), '--on-failure', 'hold', ...longer];
    const run = await fleet().startDrain(args);
    await stepReached(run, 1);
    await fleet().kill(lb2.name);
    expect(await run.ended, run.stderr.join('\n')).toMatchObject({ exitCode: 7 });
    const { outcome, message, rollout } = finished(eventsOf(run));
    expect(outcome).toBe('held');
    expect(message).toMatch(/^director 10\.0\.9\.12 failed 3 times: .*refused/);
    const tables = await fleet().tables(pair);
    for (const { name, address } of pair) {
      const said = stepsSaid(message, address);
      expect(
        stepsOf(tables[name], eventsOf(run)).filter((step) => said.includes(step)),
        message,
      ).not.toEqual([]);
    }

    await fleet().start(lb2.name);
    const resumed = await fleet().drain(['resume', rollout, '--output', 'json']);
    expect(resumed.stderr).toBe('');
    expect(resumed.exitCode).toBe(0);
    expect(await fleet().tables(pair)).toEqual(onEach(pair, replaced(tableWith(2))));
    await nothingFailed(load);
  }, 180_000);

  test('finds its table locked on the director, for another controller and for who is on it', async () => {
    await fleet().setTables([timeouts, ...tableWith(2)], [lb1]);
    const there = { namespace: lb1.name, env: { DRAIN_NO_CHECK: '1' } };
    const onIt = ['--state', `/run/home/${lb1.name}`];
    const first = await fleet().startDrain([...handOver, ...longest, ...reached([lb1])]);
    await stepReached(first, 0);
    const refusals = await Promise.all([
      fleet().drain([...handOver, ...reached([lb1])], 'ctl2'),
      lab.drain([...handOver, ...onIt], there),
    ]);
    const { rollout } = begunAs(first);
    for (const { exitCode, stderr } of refusals) {
      expect(stderr).toContain(`in rollout ${rollout} (process `);
      expect(stderr).toContain('with the state in /run/home/ctl1/state');
      expect(exitCode).toBe(6);
    }
    await first.signal('SIGTERM');
    expect(await first.ended).toMatchObject({ exitCode: 143 });
    await fleet().setTables(tableWith(2), [lb1]);
    const second = await lab.startDrain([...handOver, ...longest, ...onIt], there);
    await stepReached(second, 0);
    const refused = await fleet().drain([...handOver, ...reached([lb1])], 'ctl2');
    expect(refused.stderr).toContain(`in rollout ${begunAs(second).rollout} (process `);
    expect(refused.exitCode).toBe(6);
    await second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ exitCode: 143 });
  }, 180_000);

  test('is taken over from etcd by another controller when its own is killed', async () => {
    const state = ['--state', await fleet().startEtcd()];
    const load = await begin(pair);
    const second = await fleet().startDrain(
      ['resume', '--all', '--follow', '--output', 'json', ...state],
      'ctl2',
    );
    const first = await fleet().startDrain([...handOver, ...reached(pair), ...state]);
    await stepReached(first, 1);
    await first.signal('SIGKILL');
    const killedAtMs = performance.now();
    while (!second.stderr.some((line) => line.includes('going on with it'))) await sleep(50);
    const afterMs = Math.round(performance.now() - killedAtMs);
    console.log(`another controller goes on ${afterMs} ms after the first was killed`);
    // The usual lease, etcd's look at it and the follower's, and as much again where a machine is busy.
    expect(afterMs).toBeLessThan(2 * (12_000 + 3_000));
    await eventOf(second, ({ type }) => type === 'finished');
    expect(finished(eventsOf(second)).outcome).toBe('done');
    expect(await fleet().tables(pair)).toEqual(onEach(pair, replaced(tableWith(2))));
    await nothingFailed(load);
    await second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ exitCode: 0 });
  }, 180_000);

  test('over tables that differ is refused, and done with --allow-differences', async () => {
    await fleet().setTables([timeouts, ...tableWith(5)], [lb2]);
    const load = await begin([lb1]);
    await fleet().spreadOver(pair);
    const before = await fleet().tables(pair);
    const refused = await fleet().drain([...handOver, ...reached(pair)]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(
      '10.0.9.11 and 10.0.9.12 do not hold tcp/10.0.1.110:80 alike: ',
    );
    expect(refused.stderr).toMatch(/10\.0\.2\.13:80.*2.*5/);
    expect(refused.stderr).toContain('--allow-differences');
    expect(await fleet().tables(pair)).toEqual(before);

    const done = await fleet().drain([...handOver, ...reached(pair), '--allow-differences']);
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(await fleet().tables(pair)).toEqual({
      ...onEach([lb1], replaced(tableWith(2))),
      ...onEach([lb2], replaced(tableWith(5))),
    });
    await nothingFailed(load);
  }, 180_000);

  test('counts the connections of a master and its backup once', async () => {
    await fleet().setTables([timeouts, ...tableWith(2)], pair);
    await fleet().syncPair(lb1, lb2, 7);
    await fleet().spreadOver([lb1]);
    await lab.clients.hold({ ...fleetTarget, kind: 'keep-alive', everyMs: 300, count: 9 });
    const activeOn = async ({ name }: FleetDirector) => {
      const { stdout } = await fleet().on(name, ['ipvsadm', '-Ln']);
      return Number(/10\.0\.2\.11:80 +Route +4 +(\d+)/.exec(stdout)?.[1]);
    };
    while ((await activeOn(lb2)) !== 6) await sleep(200);
    expect(await activeOn(lb1)).toBe(6);
    const switched = ['--over', '0s', '--drain-timeout', '1s'];
    const run = await fleet().drain([...handOver, ...switched, ...reached(pair)]);
    expect(run.exitCode, run.stderr).toBe(4);
    expect(finished(parseEvents(run.stdout)).message).toContain('10.0.2.11:80 (6 connections)');
  }, 180_000);
});
