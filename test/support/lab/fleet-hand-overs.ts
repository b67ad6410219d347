import { beforeAll, expect } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { parseEvents } from '../drain-command.ts';
import { eventually } from '../eventually.ts';
import { type Load, tally } from './clients.ts';
import { describeFleet } from './describe-fleet.ts';
import type { Fleet } from './fleet.ts';
import { type FleetDirector, fleetDirectors, fleetTarget } from './fleet-topology.ts';
import type { Lab } from './lab.ts';
import type { LabProcess } from './process.ts';

const service = `-t ${fleetTarget.address}:${fleetTarget.port}`;
export const [lb1, lb2] = fleetDirectors;
export const pair = [lb1, lb2];
const pollMs = 3_000;

/** A connection that is over leaves the table within a second. */
export const timeouts = '--set 900 1 0';
export const tableWith = (bystander: number): readonly string[] => [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:80 -g -w 4`,
  `-a ${service} -r 10.0.2.13:80 -g -w ${bystander}`,
];
export const replaced = (table: readonly string[]): readonly string[] =>
  table.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')).toSorted();
export const onEach = (directors: readonly FleetDirector[], table: readonly string[]) =>
  Object.fromEntries(directors.map(({ name }) => [name, table.toSorted()]));

/** Each of its four steps changes a weight. */
export const handOver = [
  ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '12s', '--every', '3s'],
  ...['--settle', '500ms', '--poll', `${pollMs}ms`, '--output', 'json'],
];
/** With time for three tries of a director that is gone, each up to its limit, where four directors share the lab's one processor. */
export const longest = ['--over', '80s', '--every', '20s'];
export const reached = (directors: readonly FleetDirector[]) =>
  directors.flatMap(({ where }) => ['--director', where]);

export const eventsOf = (run: Pick<LabProcess, 'stdout'>) => parseEvents(run.stdout.join('\n'));
export const eventOf = async (
  run: LabProcess,
  is: (event: DrainEvent) => boolean,
): Promise<void> => {
  await run.line((line) => parseEvents(line).some(is), 90_000);
};
export const stepReached = (run: LabProcess, step: number): Promise<void> =>
  eventOf(run, (event) => event.type === 'step-applied' && event.step >= step);
export const isWarning = (code: string) => (event: DrainEvent) =>
  event.type === 'warning' && event.code === code;
export const finished = (events: readonly DrainEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'finished') throw new Error(`it ended with ${JSON.stringify(last)}`);
  return last;
};
export const begunAs = (run: LabProcess) => {
  const [first] = eventsOf(run);
  if (!first) throw new Error('it has said nothing');
  return first;
};
export const nothingFailed = async (load: Load): Promise<void> => {
  const counts = tally(await load.stop());
  expect(Object.keys(counts).filter((name) => name.startsWith('!'))).toEqual([]);
  expect(counts.rs1).toBeGreaterThan(0);
};

/** Begins clients of a table that stands on each of `directors`. */
export type Begin = (
  directors: readonly FleetDirector[],
  table?: readonly string[],
  perSecond?: number,
) => Promise<Load>;

/** A `describeFleet` of hand-overs: the same table everywhere, and clients all through. */
export async function describeHandOvers(
  name: string,
  define: (fleet: () => Fleet, lab: Lab, begin: Begin) => void,
): Promise<void> {
  await describeFleet(name, (fleet, lab) => {
    const begin: Begin = async (directors, table = tableWith(2), perSecond = 6) => {
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

    define(fleet, lab, begin);
  });
}
