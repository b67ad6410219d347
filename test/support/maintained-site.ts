import type { Environment } from '../../src/commands/environment.ts';
import { runProgram } from '../../src/commands/program.ts';
import type { Actor } from '../../src/domain/actor/actor.ts';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { ok } from '../../src/domain/failure.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import { editCommands } from '../../src/ipvs/edit-commands.ts';
import type { Prng } from '../../src/ipvs/simulated/prng.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../src/ipvs/simulated/simulated-director.ts';
import type {
  Journal,
  MaintenanceMark,
  Marks,
  StopRequest,
  Store,
} from '../../src/rollout/ports.ts';
import { createMemoryLocks } from '../../src/store/memory-locks.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { textOf } from './simulated-rollout.ts';

/** Thrown where the process would be gone: nothing of it runs on. */
export class Killed extends Error {}

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  readonly events: readonly DrainEvent[];
}

/** A machine with a simulated table and a state folder, on which one command runs after another. */
export interface Site {
  readonly simulation: Simulation;
  readonly store: Store;
  /** `run('out', '10.0.0.1', '--over', '20s')`; throws `Killed` when it was killed. */
  run(...args: readonly string[]): Promise<Ran>;
  /** The next command dies at its n-th write or ipvsadm call, before or after it took effect. */
  killAt(point: number, prng: Prng): void;
  /** A signal that arrives at that virtual time. */
  stopAt(atMs: number, stop: StopRequest): void;
  /** `ipvsadm -Sn`. */
  table(): string;
  marks(): Promise<readonly MaintenanceMark[]>;
}

export interface SiteOptions extends SimulationOptions {
  readonly createGates?: Environment['createGates'];
  /** The store of the site; absent: one in memory. */
  readonly store?: Store;
  /** Whoever calls; absent: anna on lb1. */
  readonly who?: () => Actor;
  /** The environment of the commands. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The machine of another site, which has its own state; absent: a new one. */
  readonly beside?: Site;
}

export function createSite({
  createGates,
  store: kept = createMemoryStore(),
  beside,
  who = () => ({ user: 'anna', host: 'lb1' }),
  variables = {},
  ...options
}: SiteOptions): Site {
  let untilKill = Number.POSITIVE_INFINITY;
  let prng: Prng | undefined;
  const simulation = beside?.simulation ?? createSimulatedIpvsadm(options);
  const locks = createMemoryLocks();

  /** One process: after its death nothing that it has begun goes on, wherever that was. */
  const startProcess = () => {
    let isDead = false;
    let die: (reason: Killed) => void = () => {};
    const death = new Promise<never>((_, reject) => {
      die = reject;
    });
    // Most processes die of old age.
    death.catch(() => {});
    const never = <T>(): Promise<T> => new Promise(() => {});
    const kill = <T>(): Promise<T> => {
      isDead = true;
      locks.lookAgain();
      die(new Killed());
      return never();
    };
    /** What is killed may have taken effect all the same. */
    const fragile = async <T>(act: () => Promise<T>): Promise<T> => {
      if (isDead) return never();
      const isLast = --untilKill === 0;
      if (isLast && prng?.below(2) !== 0) return kill();
      const done = await act();
      return isLast ? kill() : done;
    };
    const fragileJournal = (journal: Journal): Journal => ({
      ...journal,
      append: (...entries) => fragile(() => journal.append(...entries)),
    });
    const marks: Marks = {
      list: () => kept.marks.list(),
      put: (mark) => fragile(() => kept.marks.put(mark)),
      remove: (subject) => fragile(() => kept.marks.remove(subject)),
      clusters: kept.marks.clusters,
      fallbacks: kept.marks.fallbacks,
    };
    const store: Store = {
      ...kept,
      ...locks.by({ pid: process.pid, isAlive: () => !isDead }),
      marks,
      async create(rollout) {
        const journal = await kept.create(rollout);
        return journal.ok ? ok(fragileJournal(journal.value)) : journal;
      },
      async open(rollout) {
        const opened = await kept.open(rollout);
        if (!opened.ok) return opened;
        return ok({ ...opened.value, journal: fragileJournal(opened.value.journal) });
      },
    };
    const { runner } = simulation;
    const run: typeof runner.run = (args, stdin) => fragile(() => runner.run(args, stdin));
    const director = createDirector({ name: 'local', runner: { ...runner, run } });
    return { store, director, death };
  };
  const { clock } = simulation;
  let controller = new AbortController();
  let requested: StopRequest | undefined;

  return {
    simulation,
    store: kept,
    table: () => textOf(simulation),
    async marks() {
      const listed = await kept.marks.list();
      return listed.ok ? listed.value : [];
    },
    killAt(point, random) {
      untilKill = point;
      prng = random;
    },
    stopAt(atMs, stop) {
      simulation.at(atMs, () => {
        requested = stop;
        controller.abort();
      });
    },
    async run(...args) {
      let [out, err] = ['', ''];
      const events: DrainEvent[] = [];
      const { store, director, death } = startProcess();
      controller = new AbortController();
      requested = undefined;
      const env: Partial<Environment> = {
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        columns: 100,
        nowMs: () => clock.nowMs(),
        who: async () => who(),
        interactive: false,
        stdoutIsTty: false,
        lookUp: async () => [],
        openDirectors: async (specs) =>
          ok({
            directors: new Map([[director.name, director]]),
            clock,
            access: specs.map((spec) => ({ director: director.name, ...spec })),
          }),
        openStore: async () => store,
        editCommands: async (access, changes) => editCommands(access, changes),
        examineState: async () => ok({ text: 'memory', isThere: true }),
        createReporter: async () => ({
          plan() {},
          event: (event) => events.push(event),
          close() {},
        }),
        createListeners: async () => [],
        showRecord: async () => ok(undefined),
        describeHost: async () => ({ drain: 'test', node: 'test', platform: 'test', host: 'test' }),
        serverCommands: {
          exists: async () => true,
          run: async () => ({ end: { kind: 'exited', exitCode: 0 }, lastLines: '' }),
          isRunning: async () => false,
        },
        createGates: createGates ?? (async () => ok([])),
        listenForStop: () => ({ requested: () => requested, signal: () => controller.signal }),
      };
      try {
        const invocation = { argv: args, version: 'test', variables };
        const running = runProgram(invocation, env as Environment);
        const exitCode = await Promise.race([running, death]);
        return { exitCode, out, err, events };
      } finally {
        untilKill = Number.POSITIVE_INFINITY;
      }
    },
  };
}
