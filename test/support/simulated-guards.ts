import type { ServerKey } from '../../src/domain/address.ts';
import type { GuardEvent } from '../../src/domain/events/guard-event.ts';
import { fail, ok, type Result } from '../../src/domain/failure.ts';
import type { GuardConfig } from '../../src/domain/health/guard.ts';
import { runGuards } from '../../src/guard/run-guards.ts';
import { createGuardBoard } from '../../src/guard/seen/guard-board.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import { createPrng } from '../../src/ipvs/simulated/prng.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
} from '../../src/ipvs/simulated/simulated-director.ts';
import { createSimulatedSite } from '../../src/ipvs/simulated/time/simulated-site.ts';
import type { CommandResult, Store } from '../../src/rollout/ports.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { configOf, key, startMs } from './simulated-guard.ts';

/** Its commands hang until their limit, it cannot be reached at all, or it answers after 8 s. */
export type Absence = 'hangs' | 'is away' | 'is slow';

/** Guards of several simulated directors, `lb1`, `lb2`, ..., in one process on one clock. */
export interface GuardsLab {
  readonly simulations: ReadonlyMap<string, Simulation>;
  readonly store: Store;
  /** What is locked now, by whomever. */
  readonly locks: Set<string>;
  readonly events: readonly GuardEvent[];
  config: GuardConfig;
  folderIsBad: boolean;
  /** How often the file was read again. */
  readonly filesRead: () => number;
  /** How often each server was asked, and how many questions one had open at most. */
  readonly asked: ReadonlyMap<ServerKey, number>;
  readonly mostAtOnce: () => number;
  answer(server: number, how: 'ok' | 'bad'): void;
  /** From now on; `undefined` ends it. */
  lose(director: string, absence: Absence | undefined): void;
  reload(): void;
  weights(director: string): readonly number[];
  /** Events of a type as `12.3 lb1`, rounded to tenths of a second. */
  when(type: GuardEvent['type']): readonly string[];
  /** Guards until then, with things to happen on the way, by seconds. */
  guardUntil(
    endS: number,
    happenings?: Readonly<Record<number, () => void>>,
  ): Promise<Result<number>>;
}

/** Each director has the servers 1, 2, ... with these weights. */
export function createGuardsLab(tables: readonly (readonly number[])[]): GuardsLab {
  const site = createSimulatedSite(startMs);
  const { clock } = site;
  const absences = new Map<string, Absence>();
  const simulations = new Map(
    tables.map((weights, i) => {
      const name = `lb${i + 1}`;
      const faults = () => answerOf(absences.get(name));
      const table = tableWith(weights);
      return [name, createSimulatedIpvsadm({ seed: i + 1, startMs, site, table, faults })] as const;
    }),
  );
  const [first] = simulations.values();
  const locks = new Set<string>();
  const store = withLocks(createMemoryStore(), locks);
  const events: GuardEvent[] = [];
  const bad = new Set<ServerKey>();
  const asked = new Map<ServerKey, number>();
  const open = new Map<ServerKey, number>();
  let mostAtOnce = 0;
  let filesRead = 0;
  let onReload = () => {};
  const count = (counts: Map<ServerKey, number>, server: ServerKey, by: number): number => {
    const now = (counts.get(server) ?? 0) + by;
    counts.set(server, now);
    return now;
  };
  const lab: GuardsLab = {
    simulations,
    store,
    locks,
    events,
    config: configOf(),
    folderIsBad: false,
    filesRead: () => filesRead,
    asked,
    mostAtOnce: () => mostAtOnce,
    answer: (server, how) => void (how === 'bad' ? bad.add(key(server)) : bad.delete(key(server))),
    lose(director, absence) {
      if (absence) absences.set(director, absence);
      else absences.delete(director);
    },
    reload: () => onReload(),
    weights: (director) =>
      [...(simulations.get(director)?.kernel.table.services ?? [])]
        .flatMap(({ servers }) => servers)
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ weight }) => weight),
    when: (type) =>
      events
        .filter((event) => event.type === type)
        .map(({ at, director }) => {
          const seconds = (Date.parse(at) - startMs) / 1_000;
          return `${seconds.toFixed(1)} ${director}`;
        }),
    async guardUntil(endS, happenings = {}) {
      let isStopped = false;
      const stopping = new AbortController();
      const at = (second: number, happen: () => void): void =>
        first?.at(startMs + second * 1_000, happen);
      for (const [second, happen] of Object.entries(happenings)) at(Number(second), happen);
      at(endS, () => {
        isStopped = true;
        stopping.abort();
      });
      const prng = createPrng(7);
      return runGuards(
        {
          directors: [...simulations].map(([name, { runner }]) => ({
            director: createDirector({
              name,
              runner: {
                ...runner,
                async run(args, stdin) {
                  if (absences.get(name) === 'is slow') {
                    await clock.sleepUntil(clock.nowMs() + 8_000);
                  }
                  return runner.run(args, stdin);
                },
              },
            }),
            table: `table of ${name}`,
            readFolder: async () => (lab.folderIsBad ? fail(badFolder) : ok([])),
          })),
          store,
          clock,
          file: 'guard.yaml',
          self: { host: 'lb1', pid: 7 },
          stop: {
            requested: () => (isStopped ? { signal: 'sigterm', again: false } : undefined),
            signal: () => stopping.signal,
          },
          random: () => prng.next(),
          createCheck: async (_, server) =>
            ok({
              name: `check ${server.key}`,
              kind: 'check',
              async ask(_about, signal) {
                count(asked, server.key, 1);
                mostAtOnce = Math.max(mostAtOnce, count(open, server.key, 1));
                await clock.sleepUntil(clock.nowMs() + 5, signal);
                count(open, server.key, -1);
                const passed = !bad.has(server.key);
                return { passed, detail: passed ? 'ok' : 'bad' };
              },
            }),
          async readConfig() {
            filesRead += 1;
            return ok(lab.config);
          },
          onReload: (reload) => {
            onReload = reload;
          },
          board: createGuardBoard(),
          begun: async () => undefined,
          emit: (event) => events.push(event),
        },
        lab.config,
      );
    },
  };
  return lab;
}

const badFolder = { kind: 'usage', what: 'the folder cannot be read' } as const;

/** The store of simulations refuses nobody. */
const withLocks = (store: Store, locks: Set<string>): Store => ({
  ...store,
  holder: async (resource) =>
    locks.has(resource)
      ? { rollout: 'guard', pid: 1, sinceMs: startMs, momentary: true }
      : undefined,
  async lock(resources) {
    if (resources.some((one) => locks.has(one))) return fail({ kind: 'conflict', what: 'held' });
    for (const one of resources) locks.add(one);
    return ok({
      async release() {
        for (const one of resources) locks.delete(one);
      },
    });
  },
});

const tableWith = (weights: readonly number[]): string =>
  [
    '-A -t 10.0.0.100:80 -s wrr',
    ...weights.map((weight, i) => `-a -t 10.0.0.100:80 -r 10.0.0.${i + 1}:80 -m -w ${weight}`),
    '',
  ].join('\n');

function answerOf(absence: Absence | undefined): CommandResult | undefined {
  switch (absence) {
    case undefined:
    case 'is slow':
      return undefined;
    case 'hangs':
      return { kind: 'timed-out', afterMs: 10_000 };
    case 'is away': {
      const failure = { kind: 'unreachable', what: 'nothing answers there' } as const;
      return { kind: 'unreachable', failure, mayHaveRun: false };
    }
  }
}
