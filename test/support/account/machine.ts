import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../../src/ipvs/simulated/simulated-director.ts';
import type { Store } from '../../../src/rollout/ports.ts';
import { createMemoryLocks, type MemoryLocks } from '../../../src/store/memory-locks.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { lineByLine } from '../line-by-line.ts';

export type StateName = 'a' | 'b';

/** Weights by service and server. */
export type Weights = ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, number>>;

/** A machine with one table, two state folders and the locks of the table that both share. */
export interface Machine {
  readonly simulation: Simulation;
  readonly states: ReadonlyMap<StateName, State>;
  readonly tableLocks: MemoryLocks;
  /** What is claimed of the table, beside its locks; gone when the machine starts anew. */
  readonly claims: Map<string, string>;
  /** Servers by address that a guard finds dead. */
  readonly sick: Set<string>;
  nextPid(): number;
  weights(): Weights;
  /** `ipvsadm -Sn`. */
  saved(): string;
  /** The machine starts anew, and something restores this table. */
  restore(table: string): void;
  /** Every state of the table between two lines of one batch, and after it. */
  readonly seen: {
    /** `tcp/10.0.0.100:80` wherever its total was 0. */
    readonly zeros: string[];
    onBatch: () => void;
  };
}

export interface State {
  readonly store: Store;
  readonly locks: MemoryLocks;
}

export function createMachine(
  table: string,
  options: Pick<SimulationOptions, 'seed' | 'traffic' | 'warmUpMs'> = { seed: 1 },
): Machine {
  const zeros: string[] = [];
  const claims = new Map<string, string>();
  const watch = (): void => {
    for (const { key, servers } of simulation.kernel.table.services) {
      if (servers.every(({ weight }) => weight === 0)) zeros.push(key);
    }
  };
  const seen = { zeros, onBatch: () => {} };
  const simulation: Simulation = createSimulatedIpvsadm({
    ...options,
    table,
    faults: (call) => {
      const ran = lineByLine(simulation.kernel, call, watch);
      seen.onBatch();
      return ran;
    },
  });
  const nowMs = (): number => simulation.clock.nowMs();
  let pid = 100;
  const state = (): State => {
    const locks = createMemoryLocks(nowMs);
    return { store: createMemoryStore(), locks };
  };
  return {
    simulation,
    states: new Map<StateName, State>([
      ['a', state()],
      ['b', state()],
    ]),
    tableLocks: createMemoryLocks(nowMs),
    claims,
    sick: new Set(),
    seen,
    nextPid: () => pid++,
    weights: () =>
      new Map(
        [...simulation.kernel.table.services].map(({ key, servers }) => [
          key,
          new Map(servers.map((server) => [server.key, server.weight])),
        ]),
      ),
    saved() {
      const saved = simulation.ipvsadm(['-Sn']);
      if (saved.kind !== 'exited') throw new Error(saved.kind);
      return saved.stdout;
    },
    restore(saved) {
      claims.clear();
      simulation.ipvsadm(['-C']);
      const restored = simulation.ipvsadm(['-R'], saved);
      if (restored.kind !== 'exited' || restored.exitCode !== 0) throw new Error('not restored');
    },
  };
}
