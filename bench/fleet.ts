import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrainEvent } from '../src/domain/events/event.ts';
import type { DirectorAccess } from '../src/domain/places/director-access.ts';
import type { DrainRequest } from '../src/domain/rollout/plan.ts';
import { createDirector } from '../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../src/ipvs/simulated/simulated-director.ts';
import { createSimulatedSite } from '../src/ipvs/simulated/time/simulated-site.ts';
import { buildPlan } from '../src/planner/build-plan.ts';
import type { DirectorTable } from '../src/planner/plan-tables.ts';
import { openRollout } from '../src/rollout/journal/open.ts';
import type { Director } from '../src/rollout/ports.ts';
import { runRollout } from '../src/rollout/run.ts';
import { createFileStore } from '../src/store/folder/file-store.ts';
import type { Benchmark } from './benchmark.ts';
import { requestOver } from './large-table.ts';

interface FleetSize {
  readonly directors: number;
  readonly services: number;
  readonly servers: number;
  /** How many of the services hold the old server. */
  readonly touched: number;
  readonly steps: number;
}

const sizes: Readonly<Record<'small' | 'full', FleetSize>> = {
  small: { directors: 4, services: 10, servers: 5, touched: 2, steps: 20 },
  full: { directors: 100, services: 1_000, servers: 20, touched: 1, steps: 3_600 },
};

/** As `requestOver` has it. */
const stepMs = 1_000;
const startMs = Date.UTC(2026, 0, 1);

/**
 * One controller in lockstep with many directors, in virtual time: lateness is what its commands cost,
 * the time that this machine takes for them is in the CPU. The simulated kernels are in the process.
 */
export const fleet: Benchmark = {
  name: 'fleet',
  about: '100 directors of 1,000 services of 20 real servers, a step a second for an hour',
  run: async ({ size, note }) => {
    const asked = sizes[size];
    note(`building ${asked.directors} directors`);
    const site = createSimulatedSite(startMs);
    const directors = new Map<string, Director>();
    const tables: DirectorTable[] = [];
    const table = tableText(asked);
    for (let index = 1; index <= asked.directors; index++) {
      const name = `lb${index}`;
      const { runner } = createSimulatedIpvsadm({ seed: index, startMs, site, table });
      const director = createDirector({ name, runner });
      const snapshot = await director.snapshot();
      if (!snapshot.ok) throw new Error(snapshot.failure.what);
      directors.set(name, director);
      tables.push({ director: name, snapshot: snapshot.value });
    }
    const { plan, diagnostics } = buildPlan(requestFor(asked), tables);
    if (!plan) throw new Error(JSON.stringify(diagnostics[0]));
    tables.length = 0;
    const lateness: number[] = [];
    const heap: number[] = [];
    const cpu = process.cpuUsage();
    const hear = (event: DrainEvent): void => {
      if (event.type !== 'step-applied') return;
      lateness.push(event.lateMs + event.applyMs);
      const due = Math.floor((event.step * 20) / event.of);
      if (due <= heap.length - 1) return;
      globalThis.gc?.();
      heap.push(process.memoryUsage().heapUsed);
      note(`step ${event.step} of ${event.of}`);
    };
    const folder = await mkdtemp(join(tmpdir(), 'drain-bench-'));
    try {
      const store = createFileStore(folder);
      const journal = await store.create('fleet');
      if (!journal.ok) throw new Error(journal.failure.what);
      const access = [...directors.keys()].map(
        (director): DirectorAccess => ({ director, where: 'sim', ipvsadm: 'ipvsadm' }),
      );
      const writer = { journal: journal.value, clock: site.clock };
      const opened = await openRollout('fleet', plan, access, writer);
      if (!opened.ok) throw new Error(opened.failure.what);
      const end = await runRollout(
        {
          ...writer,
          directors,
          stop: { requested: () => undefined, signal: () => new AbortController().signal },
          inbox: { take: async () => undefined, async settle() {} },
          emit: hear,
        },
        opened.value,
      );
      await journal.value.close();
      if (end.outcome !== 'done') throw new Error(end.message);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    const { user, system } = process.cpuUsage(cpu);
    const steps = asked.directors * asked.steps;
    const latest = maximum(lateness);
    const judged = size === 'full';
    const tenth = Math.max(1, Math.floor(heap.length / 10));
    return [
      {
        what: 'steps that stood before the next was due',
        ours: { value: lateness.filter((ms) => ms < stepMs).length, unit: 'times' },
        against: [
          {
            name: 'directors x touched services x steps',
            figure: { value: (steps + asked.directors) * asked.touched, unit: 'times' },
          },
        ],
        goal: 'all of them',
        met: judged
          ? lateness.every((ms) => ms < stepMs) &&
            lateness.length === (steps + asked.directors) * asked.touched
          : undefined,
      },
      {
        what: 'the latest of them, after it was due',
        ours: { value: latest, unit: 'ms' },
        against: [{ name: 'the time between two steps', figure: { value: stepMs, unit: 'ms' } }],
        goal: 'less',
        met: judged ? latest < stepMs : undefined,
      },
      {
        what: 'heap at the end',
        ours: { value: heap.at(-1) ?? Number.NaN, unit: 'bytes' },
        against: [
          { name: 'after a tenth', figure: { value: heap[tenth] ?? Number.NaN, unit: 'bytes' } },
        ],
        goal: 'flat: at most 1.05x',
        met: judged ? (heap.at(-1) ?? 0) <= 1.05 * (heap[tenth] ?? 0) : undefined,
      },
      {
        what: 'CPU of a step on a director, the simulated kernel with it',
        ours: { value: (user + system) / 1_000 / steps, unit: 'ms' },
        against: [
          {
            name: 'what an hour in real time leaves for it on one core',
            figure: { value: stepMs / asked.directors, unit: 'ms' },
          },
        ],
        goal: 'less',
        met: judged ? (user + system) / 1_000 / steps < stepMs / asked.directors : undefined,
      },
    ];
  },
};

/** A list of a million is too long for Math.max's arguments. */
const maximum = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);

const oldServer = '10.0.2.1';

/** The old server is in the first services only; all others are none of the rollout's business. */
function tableText({ services, servers, touched }: FleetSize): string {
  const lines: string[] = [];
  for (let index = 0; index < services; index++) {
    const service = `10.${128 + (index >> 8)}.${index & 255}.1:80`;
    lines.push(`-A -t ${service} -s wrr`);
    for (let at = 0; at < servers; at++) {
      const address = at === 0 && index < touched ? oldServer : `10.0.3.${11 + at}`;
      lines.push(`-a -t ${service} -r ${address}:8080 -m -w ${90 + ((7 * at + 3 * index) % 23)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

const requestFor = ({ steps }: FleetSize): DrainRequest => ({
  ...requestOver(steps),
  from: [{ address: oldServer }],
  to: [{ name: { address: '10.0.2.2', port: 8_080 } }],
});
