import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import { maintenanceOf } from '../../../src/domain/rollout/maintenance.ts';
import type { ServicePlan } from '../../../src/domain/rollout/plan.ts';
import { isFinalEnd } from '../../../src/domain/rollout/rollout-status.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { applyEntry, foldJournal, type JournalEntry } from '../../../src/rollout/state/journal.ts';
import { hasBegun } from '../../../src/rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../../src/rollout/state/rollout-state.ts';
import type { Machine, StateName, Weights } from './machine.ts';

/** The base weights that a server may have; `null` is absent. Several where somebody else interfered. */
type Allowed = ReadonlySet<number | null> | 'any';

type Book = Map<ServiceKey, Map<ServerKey, Allowed>>;

export interface Standing {
  readonly state: StateName;
  readonly rollout: RolloutState;
}

export type Driven = Pick<ClusterClaim['servers'][number], 'server'> &
  Pick<ClusterClaim, 'service'>;

/** The base weights of a machine by what is said to it, and the claims that stand. */
export interface Model {
  /** Takes in what the journals and marks say by now. */
  scan(): Promise<void>;
  unfinished(): readonly Standing[];
  /** The servers that a cluster has, and whose weights it says itself. */
  driven(): readonly Driven[];
  marks(): readonly (MaintenanceMark & { readonly state: StateName })[];
  foreign(service: ServiceKey, server: ServerKey, weight: number): void;
  /** An operator puts a table right by hand, whatever was said of it before. */
  mended(service: ServiceKey, server: ServerKey): void;
  /** A hand-over from this server whatever weight it has just then. */
  insisted(server: string): void;
  /** A weight that an operator gave. */
  given(server: string, weight: number): void;
  reboot(): void;
  /** The table that comes back after a reboot: that of the last time without a claim. */
  restores(): string;
  /** What is wrong with the table as it is. */
  wrongShares(): readonly string[];
  wrongWeights(): readonly string[];
  readonly wrong: string[];
}

const bookOf = (weights: Weights): Book =>
  new Map(
    [...weights].map(([service, servers]) => [
      service,
      new Map([...servers].map(([server, weight]) => [server, new Set([weight])])),
    ]),
  );

/** Whether a book of single weights is that of this table. */
const isSame = (book: Book, weights: Weights): boolean =>
  [...weights].every(([service, servers]) => book.get(service)?.size === servers.size) &&
  wrongWeightsOf(book, weights).length === 0;

const copyOf = (book: Book): Book =>
  new Map([...book].map(([service, servers]) => [service, new Map(servers)]));

export function createModel(machine: Machine): Model {
  let book = bookOf(machine.weights());
  let clean = { table: machine.saved(), book: copyOf(book) };
  let unfinished: readonly Standing[] = [];
  const driven = new Map<string, Driven>();
  let marks: readonly (MaintenanceMark & { readonly state: StateName })[] = [];
  const ends = new Map<string, string>();
  const insisted = new Set<string>();
  /** What moved servers were allowed before each rollout was done. */
  const before = new Map<string, Book>();
  const wrong: string[] = [];

  const folds = new Map<string, { readonly count: number; readonly state: RolloutState }>();
  const folded = (id: string, entries: readonly JournalEntry[]): RolloutState => {
    const last = folds.get(id);
    const state = last
      ? entries.slice(last.count).reduce(applyEntry, last.state)
      : foldJournal(entries);
    folds.set(id, { count: entries.length, state });
    return state;
  };

  const allowedOf = (service: ServiceKey, server: ServerKey): Allowed =>
    book.get(service)?.get(server) ?? new Set([null]);
  const allow = (service: ServiceKey, server: ServerKey, allowed: Allowed): void => {
    book.get(service)?.set(server, allowed);
  };
  const single = (service: ServiceKey, server: ServerKey): number | undefined => {
    const allowed = allowedOf(service, server);
    if (allowed === 'any' || allowed.size !== 1) return undefined;
    return [...allowed][0] ?? 0;
  };
  const also = (service: ServiceKey, server: ServerKey, weight: number | null): void => {
    const allowed = allowedOf(service, server);
    if (allowed !== 'any') allow(service, server, new Set([...allowed, weight]));
  };

  const allowsWeight = (service: ServiceKey, server: ServerKey): boolean => {
    const allowed = allowedOf(service, server);
    return allowed === 'any' || [...allowed].some((weight) => weight !== null);
  };

  const done = ({ rollout, plan }: RolloutState): void => {
    if (maintenanceOf(plan)) return;
    before.set(rollout, copyOf(book));
    for (const { service, oldServers, newServers, servers, finalWeights } of servicesOf(plan)) {
      const sums = [...oldServers, ...newServers].map((server) => single(service, server));
      const sum = sums.reduce<number | undefined>(
        (total, weight) =>
          total === undefined || weight === undefined ? undefined : total + weight,
        0,
      );
      const [only] = newServers;
      for (const server of oldServers) allow(service, server, new Set([null]));
      for (const server of newServers) {
        const final = finalWeights[servers.indexOf(server)] ?? 0;
        allow(service, server, new Set([final]));
        if (oldServers.some((old) => insisted.has(old.split(':')[0] ?? ''))) continue;
        if (server === only && newServers.length === 1 && sum !== undefined && sum !== final)
          wrong.push(`${rollout} gives ${server} in ${service} ${final}, and ${sum} is due`);
      }
    }
  };
  const rolledBack = ({ rollout, plan }: RolloutState): void => {
    const past = before.get(rollout);
    if (!past || maintenanceOf(plan)) return;
    for (const { service, oldServers, newServers } of servicesOf(plan)) {
      for (const server of [...oldServers, ...newServers])
        allow(service, server, past.get(service)?.get(server) ?? new Set([null]));
    }
    // Insisted over the mark of an operator elsewhere, who may bring the server in as it was then.
    for (const { service, server, weight, reason } of marks)
      if (reason === 'operator' && allowsWeight(service, server)) also(service, server, weight);
  };
  const abandoned = ({ plan }: RolloutState): void => {
    const live = machine.weights();
    for (const { service } of servicesOf(plan)) {
      for (const server of book.get(service)?.keys() ?? []) {
        const isMarked = marks.some((mark) => mark.service === service && mark.server === server);
        if (!isMarked && !live.get(service)?.has(server)) allow(service, server, new Set([null]));
      }
      for (const [server, weight] of live.get(service) ?? []) {
        const isMarked = marks.some((mark) => mark.service === service && mark.server === server);
        allow(service, server, isMarked ? 'any' : new Set([weight]));
      }
    }
  };

  return {
    wrong,
    unfinished: () => unfinished,
    marks: () => marks,
    driven: () => [...driven.values()],
    async scan() {
      const standing: Standing[] = [];
      const marked: (MaintenanceMark & { readonly state: StateName })[] = [];
      const over: RolloutState[] = [];
      for (const [state, { store }] of machine.states) {
        const listed = await store.marks.list();
        if (listed.ok) marked.push(...listed.value.map((mark) => ({ ...mark, state })));
        const claims = await store.marks.clusters.list();
        for (const { service, servers } of claims.ok ? claims.value : [])
          for (const { server } of servers) driven.set(`${service} ${server}`, { service, server });
        const ids = await store.list();
        for (const id of ids.ok ? [...ids.value].reverse() : []) {
          const read = await store.read(id);
          if (!read.ok) continue;
          const rollout = folded(id, read.value);
          if (!isFinalEnd(rollout.end)) standing.push({ state, rollout });
          const end = rollout.end?.abandoned ? 'abandoned' : (rollout.end?.outcome ?? '');
          if (end === (ends.get(id) ?? '')) continue;
          ends.set(id, end);
          over.push(rollout);
        }
      }
      marks = marked;
      unfinished = standing;
      for (const rollout of over) {
        const { end } = rollout;
        if (end?.abandoned) abandoned(rollout);
        else if (end?.outcome === 'done') done(rollout);
        else if (end?.outcome === 'rolled-back') rolledBack(rollout);
      }
      for (const { service, server } of driven.values()) allow(service, server, 'any');
      if (unfinished.length === 0 && marks.length === 0) {
        const weights = machine.weights();
        if (!isSame(clean.book, weights) && wrongWeightsOf(book, weights).length === 0)
          clean = { table: machine.saved(), book: bookOf(weights) };
      }
    },
    foreign(service, server, weight) {
      const isClaimed =
        marks.some((mark) => mark.service === service && mark.server === server) ||
        unfinished.some(
          ({ rollout }) =>
            hasBegun(rollout) && servicesOf(rollout.plan).some((one) => one.service === service),
        );
      allow(service, server, isClaimed ? 'any' : new Set([weight]));
    },
    mended: (service, server) => allow(service, server, 'any'),
    insisted: (address) => void insisted.add(address),
    given(address, weight) {
      for (const [service, servers] of book)
        for (const server of servers.keys())
          if (server.startsWith(`${address}:`)) also(service, server, weight);
    },
    reboot() {
      const known = book;
      book = copyOf(clean.book);
      for (const [service, servers] of known)
        for (const server of servers.keys())
          if (!book.get(service)?.has(server)) allow(service, server, new Set([null]));
      for (const { service, server, weight } of marks) also(service, server, weight);
      for (const { rollout } of unfinished)
        for (const { service, servers, baseline, finalWeights } of servicesOf(rollout.plan))
          for (const [index, server] of servers.entries()) {
            also(
              service,
              server,
              baseline.servers.find(({ key }) => key === server)?.weight ?? null,
            );
            also(service, server, finalWeights[index] ?? 0);
          }
    },
    wrongShares() {
      const live = machine.weights();
      const found: string[] = [];
      for (const [service, servers] of live) {
        const moved = new Set(
          unfinished.flatMap(({ rollout }) =>
            servicesOf(rollout.plan)
              .filter((one) => one.service === service)
              .flatMap((one) => [...one.oldServers, ...one.newServers]),
          ),
        );
        const free = [...servers].filter(
          ([server]) =>
            !moved.has(server) &&
            single(service, server) !== undefined &&
            !marks.some((mark) => mark.service === service && mark.server === server),
        );
        const [first, ...others] = free.filter(([server]) => single(service, server) !== 0);
        if (!first) continue;
        const [one, weight] = first;
        const base = single(service, one) ?? 0;
        for (const [other, its] of others) {
          if (its * base === weight * (single(service, other) ?? 0)) continue;
          found.push(
            `${one} and ${other} in ${service}: ${weight} and ${its}, of ${base} and ${single(service, other)}`,
          );
        }
      }
      return found;
    },
    restores: () => clean.table,
    wrongWeights: () => wrongWeightsOf(book, machine.weights()),
  };
}

function wrongWeightsOf(book: Book, live: Weights): readonly string[] {
  return [...book].flatMap(([service, servers]) => {
    const all = new Set([...servers.keys(), ...(live.get(service)?.keys() ?? [])]);
    return [...all].flatMap((server) => {
      const allowed = servers.get(server) ?? new Set([null]);
      const found = live.get(service)?.get(server) ?? null;
      if (allowed === 'any' || allowed.has(found)) return [];
      return [`${server} in ${service} has ${found}, and ${[...allowed].join(' or ')} is due`];
    });
  });
}

const servicesOf = ({ directors }: RolloutState['plan']): readonly ServicePlan[] =>
  directors.flatMap(({ services }) => services);
