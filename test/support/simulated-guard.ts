import { parseServerName, type ServerKey, type ServiceKey } from '../../src/domain/address.ts';
import type { GuardEvent } from '../../src/domain/events/guard-event.ts';
import { fail, ok } from '../../src/domain/failure.ts';
import type { GuardConfig, GuardedService } from '../../src/domain/health/guard.ts';
import type { ReadFolder } from '../../src/guard/guard-ports.ts';
import { runGuards } from '../../src/guard/run-guards.ts';
import { createGuardBoard, type GuardBoard } from '../../src/guard/seen/guard-board.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import { simulatedFacts } from '../../src/ipvs/simulated/kernel.ts';
import { createPrng } from '../../src/ipvs/simulated/prng.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
  type SimulationOptions,
} from '../../src/ipvs/simulated/simulated-director.ts';
import type { MaintenanceMark, StopRequest, Store } from '../../src/rollout/ports.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';

export const web = 'tcp/10.0.0.100:80' as ServiceKey;
export const startMs = Date.UTC(2026, 0, 1);

/** Four servers with weight 100 each. */
export const fourServers = [
  '-A -t 10.0.0.100:80 -s wrr',
  ...[1, 2, 3, 4].map((n) => `-a -t 10.0.0.100:80 -r 10.0.0.${n}:80 -m -w 100`),
  '',
].join('\n');

export const guarded: GuardedService = {
  service: web,
  check: { kind: 'probe', probe: { kind: 'tcp' } },
  timing: { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
  rampUpMs: 30_000,
  minHealthy: { kind: 'count', count: 1 },
};

export const configOf = (service: Partial<GuardedService> = {}): GuardConfig => ({
  pollMs: 5_000,
  maintenance: '/run/drain/out.d',
  services: [{ ...guarded, ...service }],
});

/** `unaskable`: there is no way to ask, which is found out when a check begins. */
export type Answering = 'ok' | 'bad' | 'hang' | 'unaskable';

/** A machine with a guard on it: what the test can do to it, by the virtual clock. */
export interface GuardLab {
  readonly simulation: Simulation;
  readonly store: Store;
  /** How the servers answer from now on; `ok` unless said otherwise. */
  answer(servers: string, how: Answering): void;
  /** What the agents of these servers say from now on; `undefined`: they do not answer, as at first. */
  say(servers: string, line: string | undefined): void;
  /** File names in the maintenance folder. */
  readonly folder: Set<string>;
  /** The service is in a rollout of this name, or in none. */
  holdBy(rollout: string | undefined): void;
  config: GuardConfig;
  readonly board: GuardBoard;
  /** Whether the file can be read. */
  fileIsBad: boolean;
  reload(): void;
  /** Somebody else's `ipvsadm -e`. */
  setWeight(server: string, weight: number): void;
  weights(): Readonly<Record<string, number>>;
  mark(mark: Pick<MaintenanceMark, 'server' | 'reason' | 'weight'>): MaintenanceMark;
  /** Sets a weight, or lets the guard live, until this many seconds after the start. */
  readonly events: readonly GuardEvent[];
  /** `12.3 weight-set 10.0.0.1:80 100 -> 0`: the events that matter, by seconds. */
  story(): readonly string[];
  /** Standard input of every ipvsadm process of the guard. */
  readonly calls: readonly string[];
  /** Services that it wanted to edit, whether it got the lock or not. */
  readonly lockTries: readonly string[];
  /** Asked at the same time, of one server, at most. */
  readonly mostAtOnce: () => number;
  /** Runs a guard until then, with things to happen on the way, by seconds. */
  guardUntil(endS: number, happenings?: Readonly<Record<number, () => void>>): Promise<number>;
}

export function createGuardLab(options: Partial<SimulationOptions> = {}): GuardLab {
  const calls: string[] = [];
  const lockTries: string[] = [];
  const simulation = createSimulatedIpvsadm({
    seed: 1,
    startMs,
    table: fourServers,
    ...options,
    faults: (call) => {
      calls.push(call.stdin);
      return options.faults?.(call);
    },
  });
  const { clock } = simulation;
  const { kernel } = simulation;
  const director = createDirector({
    name: 'sim',
    runner: simulation.runner,
    readFacts: async () => simulatedFacts(kernel.sysctl),
    async setSysctl(name, value) {
      calls.push(`${name}=${value}`);
      if (name === 'expire_nodest_conn')
        kernel.sysctl = { ...kernel.sysctl, expireNodestConn: value === 1 ? 1 : 0 };
      return ok(undefined);
    },
  });
  const memory = createMemoryStore();
  let rollout: string | undefined;
  const holder = async (resource: string) =>
    rollout !== undefined && !resource.startsWith('guard of')
      ? { rollout, pid: 1, sinceMs: startMs }
      : undefined;
  const store: Store = {
    ...memory,
    holder,
    async lock(resources, name) {
      if (!resources[0]?.startsWith('guard of')) lockTries.push(...resources);
      const held = await holder(resources[0] ?? '');
      return held ? fail({ kind: 'conflict', what: 'held' }) : memory.lock(resources, name);
    },
  };
  const answers = new Map<string, Answering>();
  const said = new Map<string, string>();
  const asked = new Map<string, number>();
  let mostAtOnce = 0;
  const folder = new Set<string>();
  const events: GuardEvent[] = [];
  const prng = createPrng(7);
  let onReload = () => {};
  const readFolder: ReadFolder = async () =>
    ok(
      [...folder].map((name) => {
        const server = parseServerName(name);
        return server
          ? { name, servers: [server] }
          : { name, servers: [], problem: `${name} is nothing` };
      }),
    );
  const edit = (server: string, weight: number) =>
    simulation.ipvsadm(['-e', '-t', '10.0.0.100:80', '-r', server, '-m', '-w', String(weight)]);

  const lab: GuardLab = {
    simulation,
    store,
    folder,
    events,
    calls,
    lockTries,
    config: configOf(),
    board: createGuardBoard(),
    fileIsBad: false,
    mostAtOnce: () => mostAtOnce,
    answer(servers, how) {
      for (const server of servers.split(' ')) answers.set(`10.0.0.${server}:80`, how);
    },
    say(servers, line) {
      for (const server of servers.split(' ')) {
        if (line === undefined) said.delete(`10.0.0.${server}:80`);
        else said.set(`10.0.0.${server}:80`, line);
      }
    },
    holdBy(name) {
      rollout = name;
    },
    reload: () => onReload(),
    setWeight: edit,
    weights() {
      const service = simulation.kernel.table.services.find(({ key }) => key === web);
      return Object.fromEntries(
        (service?.servers ?? [])
          .map(({ key, weight }) => [key, weight] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    },
    mark: (mark) => ({ table: 'ipvsadm', service: web, sinceMs: startMs, ...mark }),
    story: () =>
      events.map((event) => {
        const seconds = ((Date.parse(event.at) - startMs) / 1_000).toFixed(1);
        return `${seconds} ${tell(event)}`;
      }),
    async guardUntil(endS, happenings = {}) {
      let stop: StopRequest | undefined;
      const stopping = new AbortController();
      for (const [second, happen] of Object.entries(happenings)) {
        simulation.at(startMs + Number(second) * 1_000, happen);
      }
      simulation.at(startMs + endS * 1_000, () => {
        stop = { signal: 'sigterm', again: false };
        stopping.abort();
      });
      const ended = await runGuards(
        {
          directors: [{ director, table: 'ipvsadm', readFolder }],
          store,
          clock,
          file: 'guard.yaml',
          self: { host: 'lb1', pid: 7 },
          stop: { requested: () => stop, signal: () => stopping.signal },
          random: () => prng.next(),
          createCheck: async (check, { key }) =>
            check.kind === 'agent'
              ? ok({
                  name: `agent ${key}`,
                  kind: 'check',
                  async ask() {
                    const detail = said.get(key);
                    return { passed: detail !== undefined, detail: detail ?? 'refused' };
                  },
                })
              : answers.get(key) === 'unaskable'
                ? fail({ kind: 'usage', what: `no way to ask ${key}` })
                : ok({
                    name: `check ${key}`,
                    kind: 'check',
                    async ask(_about, signal) {
                      const now = (asked.get(key) ?? 0) + 1;
                      asked.set(key, now);
                      mostAtOnce = Math.max(mostAtOnce, now);
                      const how = answers.get(key) ?? 'ok';
                      const takesMs = how === 'hang' ? 1e9 : 5;
                      await clock.sleepUntil(clock.nowMs() + takesMs, signal);
                      asked.set(key, now - 1);
                      return { passed: how === 'ok', detail: how };
                    },
                  }),
          readConfig: async () =>
            lab.fileIsBad ? fail({ kind: 'usage', what: 'a bad file' }) : ok(lab.config),
          onReload: (reload) => {
            onReload = reload;
          },
          emit: (event) => events.push(event),
          board: lab.board,
          begun: async () => undefined,
        },
        lab.config,
      );
      if (!ended.ok) throw new Error(ended.failure.what);
      return ended.value;
    },
  };
  return lab;
}

export const key = (n: number): ServerKey => `10.0.0.${n}:80` as ServerKey;

function tell(event: GuardEvent): string {
  switch (event.type) {
    case 'weight-set':
      return `${event.server} ${event.reason} ${event.from} -> ${event.to}`;
    case 'server-up':
    case 'server-down':
      return `${event.type} ${event.server}`;
    case 'weights-kept':
      return `kept ${event.reason} ${event.servers.join(' ')}`;
    case 'weight-taken':
      return `taken ${event.server} ${event.before} -> ${event.weight}`;
    case 'fallback-in':
      return `${event.type} ${event.server} ${event.weight}`;
    case 'fallback-leaving':
      return `${event.type} ${event.server} ${event.connections}`;
    case 'fallback-removed':
      return `${event.type} ${event.server}`;
    case 'warning':
      return `warning ${event.code}`;
    default:
      return event.type;
  }
}
