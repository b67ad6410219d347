import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { DrainEvent, WeightsByServer } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import {
  describeHandOvers,
  eventOf,
  eventsOf,
  finished,
  handOver,
  isWarning,
  lb1,
  lb2,
  longest,
  nothingFailed,
  onEach,
  pair,
  reached,
  replaced,
  stepReached,
  tableWith,
} from '../support/lab/fleet-hand-overs.ts';
import { fleetDirectors } from '../support/lab/fleet-topology.ts';
import { type SeenWeights, watchWeights } from '../support/lab/fleet-weights.ts';

/** Four commands at once on the lab's one processor take their time. */
const slowPollMs = 6_000;
/** With what it takes to look. */
const watchEveryMs = 500;
/** So that three tries of a director that is gone are over before the ramp is. */
const longer = ['--over', '24s', '--every', '6s'];

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

await describeHandOvers('a rollout over several directors', (fleet, lab, begin) => {
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
});
