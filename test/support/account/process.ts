import type { ControlPorts } from '../../../src/control/ports.ts';
import { ok } from '../../../src/domain/failure.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { editCommands } from '../../../src/ipvs/edit-commands.ts';
import type {
  Clock,
  Director,
  Journal,
  StopRequest,
  StopSwitch,
  Store,
} from '../../../src/rollout/ports.ts';
import { claimName, markName } from '../../../src/store/documents/marks.ts';
import type { SharedDocuments } from '../../../src/store/folder/claims/shared-documents.ts';
import type { StatesElsewhere } from '../../../src/store/folder/claims/states-elsewhere.ts';
import { withTableLocks } from '../../../src/store/folder/locks/table-locks.ts';
import type { Machine, StateName } from './machine.ts';

/** A process that runs one command of drain, and that can be killed wherever it is. */
export interface DrainProcess {
  readonly pid: number;
  readonly state: StateName;
  readonly what: string;
  isRunning(): boolean;
  signal(signal: StopRequest['signal']): void;
  kill(): void;
  /** Kills the process at its n-th write or ipvsadm call from now, before or after that took effect. */
  killAt(point: number, when: 'before' | 'after'): void;
  /** Resolves with what the command says, or with nothing where the process was killed. */
  readonly ended: Promise<Ended | undefined>;
}

/** The result of a command: its exit code and whatever it had to say. */
export interface Ended {
  readonly exitCode: number;
  readonly advice: readonly (readonly string[])[];
  /** Commands that would put the table right. */
  readonly mend: readonly string[];
  readonly said: string;
}

export interface ProcessTools {
  readonly ports: ControlPorts;
  readonly director: Director;
  readonly store: Store;
  readonly clock: Clock;
  readonly stop: StopSwitch;
  /** The time that a command of `drain around` takes, and how it ends. */
  readonly command: { takesMs: number; passes: boolean };
}

const never = <T>(): Promise<T> => new Promise(() => {});

export interface DrainCaller {
  readonly state: StateName;
  readonly what: string;
  /** The words for ipvsadm, which lead to the one table, from inside its network namespace or from outside. */
  readonly words: string;
  /** Anna may read what the machine's users have in common, and write nothing there. */
  readonly user?: 'root' | 'anna';
}

export function startProcess(
  machine: Machine,
  { state, what, words, user = 'root' }: DrainCaller,
  run: (tools: ProcessTools) => Promise<Ended>,
): DrainProcess {
  const kept = machine.states.get(state);
  if (!kept) throw new Error(state);
  const pid = machine.nextPid();
  const death = new AbortController();
  let isOver = false;
  let untilKill = Number.POSITIVE_INFINITY;
  let killWhen: 'before' | 'after' = 'before';
  let die = () => {};
  const died = new Promise<undefined>((resolve) => {
    die = () => resolve(undefined);
  });
  const isDead = (): boolean => death.signal.aborted;
  const kill = (): void => {
    if (isOver || isDead()) return;
    death.abort();
    kept.locks.lookAgain();
    machine.tableLocks.lookAgain();
    die();
  };
  /** A write or a call of ipvsadm: what is killed there may have taken effect all the same. */
  const fragile = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead()) return never();
    const isLast = --untilKill <= 0;
    if (isLast && killWhen === 'before') {
      kill();
      return never();
    }
    const done = await act();
    if (isLast) kill();
    return isDead() ? never() : done;
  };
  const alive = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead()) return never();
    const done = await act();
    return isDead() ? never() : done;
  };
  const owner = { pid, state: stateFolder(state), isAlive: () => !isDead() && !isOver };
  const store = withTableLocks(
    { ...fragileStore(kept.store, fragile, alive), ...kept.locks.by(owner) },
    {
      machine: {
        ...machine.tableLocks.by(owner),
        ready: async () => ok(user === 'root' ? 'there' : 'read-only'),
        documents: claimsOf(machine, { fragile, user }),
      },
      namespaceOf: async () => 'net:[4026531840]',
      claims: {
        self: {
          state: owner.state,
          user,
          believes: user === 'root' ? [0] : [0, 1_001],
          place: async () => ({ host: 'lb', boot: '1', mount: 'mnt:[1]', folder: owner.state }),
          wallMs: () => machine.simulation.clock.nowMs(),
        },
        states: user === 'root' ? statesOf(machine) : unreadableStates,
      },
    },
  );
  const { clock: real, runner } = machine.simulation;
  const clock: Clock = {
    nowMs: () => real.nowMs(),
    async sleepUntil(atMs, signal) {
      if (isDead()) return never();
      const either = signal ? AbortSignal.any([signal, death.signal]) : death.signal;
      await real.sleepUntil(atMs, either);
      if (isDead()) return never();
    },
  };
  const director = createDirector({
    name: 'local',
    runner: { ...runner, run: (args, stdin) => fragile(() => runner.run(args, stdin)) },
    nowMs: () => clock.nowMs(),
  });
  let requested: StopRequest | undefined;
  let controller = new AbortController();
  const stop: StopSwitch = { requested: () => requested, signal: () => controller.signal };
  const command = { takesMs: 1_000, passes: true };
  const ports: ControlPorts = {
    lookUp: async () => [],
    openDirectors: async () =>
      ok({
        directors: new Map([['local', director]]),
        clock,
        access: [{ director: 'local', where: 'local', ipvsadm: words }],
      }),
    openStore: async () => store,
    createGates: async () => ok([]),
    editCommands: async (access, changes) => editCommands(access, changes),
    describeHost: async () => ({ drain: 'test', node: 'test', platform: 'test', host: 'test' }),
    listenForStop: () => stop,
    serverCommands: {
      exists: async () => true,
      async run(_command, { onStart }) {
        onStart({ pid: 1, startTicks: '1' });
        await clock.sleepUntil(clock.nowMs() + command.takesMs);
        return { end: { kind: 'exited', exitCode: command.passes ? 0 : 1 }, lastLines: '' };
      },
      isRunning: async () => false,
    },
  };
  const running = run({ ports, director, store, clock, stop, command });
  const ended = Promise.race([running, died]).finally(() => {
    isOver = true;
    kept.locks.lookAgain();
    machine.tableLocks.lookAgain();
  });
  return {
    pid,
    state,
    what,
    isRunning: () => !isOver && !isDead(),
    ended,
    kill,
    killAt(point, when) {
      untilKill = point;
      killWhen = when;
    },
    signal(signal) {
      requested = { signal, again: requested !== undefined };
      const last = controller;
      controller = new AbortController();
      last.abort();
    },
  };
}

/** The claims of a machine, whose writes end with the process. */
function claimsOf(
  { claims }: Machine,
  { fragile, user }: { fragile: Act; user: string },
): SharedDocuments {
  const list = async () => [...claims].sort().map(([name, text]) => ({ name, text, uid: 0 }));
  if (user !== 'root')
    return {
      list,
      put: () => Promise.reject(Object.assign(new Error('EACCES'), { code: 'EACCES' })),
      remove: async () => {},
    };
  return {
    list,
    put: (name, text) => fragile(async () => void claims.set(name, text)),
    remove: (name) => fragile(async () => void claims.delete(name)),
  };
}

/** State folders of root, which nobody else may open. */
const unreadableStates: StatesElsewhere = {
  journal: async () => ({ kind: 'unreadable' }),
  mark: async () => ({ kind: 'unreadable' }),
};

/** The states of a machine, into which all processes may look. */
function statesOf({ states }: Machine): StatesElsewhere {
  const storeOf = ({ state }: { readonly state: string }) =>
    states.get(state === stateFolder('a') ? 'a' : 'b')?.store;
  return {
    async journal(claim) {
      const read = await storeOf(claim)?.read(claim.rollout);
      return read?.ok ? { kind: 'there', value: read.value } : { kind: 'gone' };
    },
    async mark(claim) {
      const all = await storeOf(claim)?.marks.list();
      const clusters = await storeOf(claim)?.marks.clusters.list();
      const names = [
        ...(all?.ok ? all.value.map(markName) : []),
        ...(clusters?.ok ? clusters.value.map(claimName) : []),
      ];
      const isThere = names.includes(claim.mark);
      return isThere ? { kind: 'there', value: undefined } : { kind: 'gone' };
    },
  };
}

export const stateFolder = (state: StateName): string => `/state/${state}`;

type Act = <T>(act: () => Promise<T>) => Promise<T>;

/** A store whose writes end with the process. */
function fragileStore(kept: Store, fragile: Act, alive: Act): Store {
  const journalOf = (journal: Journal): Journal => ({
    ...journal,
    append: (...entries) => fragile(() => journal.append(...entries)),
  });
  return {
    ...kept,
    async create(rollout) {
      const journal = await fragile(() => kept.create(rollout));
      return journal.ok ? ok(journalOf(journal.value)) : journal;
    },
    async open(rollout) {
      const opened = await alive(() => kept.open(rollout));
      if (!opened.ok) return opened;
      return ok({ ...opened.value, journal: journalOf(opened.value.journal) });
    },
    read: (rollout) => alive(() => kept.read(rollout)),
    marks: {
      list: () => alive(() => kept.marks.list()),
      put: (mark) => fragile(() => kept.marks.put(mark)),
      remove: (subject) => fragile(() => kept.marks.remove(subject)),
      clusters: {
        list: () => alive(() => kept.marks.clusters.list()),
        put: (claim) => fragile(() => kept.marks.clusters.put(claim)),
        remove: (subject) => fragile(() => kept.marks.clusters.remove(subject)),
      },
      fallbacks: kept.marks.fallbacks,
    },
    arounds: { ...kept.arounds, put: (record) => fragile(() => kept.arounds.put(record)) },
    unfinished: {
      ...kept.unfinished,
      add: (rollout) => fragile(() => kept.unfinished.add(rollout)),
      remove: (rollout) => fragile(() => kept.unfinished.remove(rollout)),
    },
  };
}
