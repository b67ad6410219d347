import { fail, ok, type Result } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import { isFinalEnd } from '../../../domain/rollout/rollout-status.ts';
import type {
  JournalEntries,
  MaintenanceMark,
  MarkSubject,
  Store,
} from '../../../rollout/ports.ts';
import { foldJournal } from '../../../rollout/state/journal.ts';
import { hasBegun } from '../../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../../rollout/state/rollout-state.ts';
import type {
  ClaimElsewhere,
  ClaimsElsewhere,
  ClusterElsewhere,
  MarkElsewhere,
  TableClaims,
} from '../../../rollout/table-claims.ts';
import { markName } from '../../documents/marks.ts';
import {
  type ClaimMaker,
  type MarkClaim,
  markClaimName,
  parseClaim,
  type RolloutClaim,
  rolloutClaimName,
  type ServiceClaim,
} from './claim-file.ts';
import { type ClusterDocuments, clusterOf, createClusterDocuments } from './cluster-documents.ts';
import {
  type ClaimSelf,
  elsewhere,
  isByState,
  type Looking,
  type StatesElsewhere,
} from './states-elsewhere.ts';
import {
  byMachine,
  type ClaimedMachine,
  type PlaceOf,
  reachedFrom,
  resourcesOn,
  tablesOf,
} from './table-places.ts';

export interface TableClaimOptions {
  /** The store itself, which knows its own rollouts and marks. */
  readonly store: Pick<Store, 'read' | 'marks'>;
  readonly placeOf: PlaceOf;
  readonly self: ClaimSelf;
  readonly states: StatesElsewhere;
}

/** Claims of a store, and the marks that it claims servers by. */
export interface ClaimingStore {
  readonly claims: TableClaims;
  putMark(mark: MaintenanceMark): Promise<void>;
  removeMark(subject: MarkSubject): Promise<void>;
  readonly clusters: ClusterDocuments;
}

interface Found {
  readonly name: string;
  readonly claim: RolloutClaim | MarkClaim | ServiceClaim;
  readonly isBelieved: boolean;
  readonly machine: ClaimedMachine;
}

export function createTableClaims(options: TableClaimOptions): ClaimingStore {
  const { store, placeOf, self, states } = options;
  /** The documents of claims that others have made, for whoever takes one away. */
  const documentsOf = new WeakMap<ClaimElsewhere, Pick<Found, 'machine' | 'name'>>();

  /** The machines where this process has claimed for a rollout, whatever leads to its directors by now. */
  const claimedOn = new Map<string, Set<ClaimedMachine>>();

  const maker = async (): Promise<ClaimMaker> => ({
    v: 1,
    state: self.state,
    user: self.user,
    place: await self.place(),
  });

  /** The journal of this store under that id, which says itself how that rollout is. */
  const known = async (rollout: string): Promise<Result<JournalEntries | undefined>> => {
    const read = await store.read(rollout);
    if (read.ok) return read;
    return read.failure.kind === 'usage' ? ok(undefined) : read;
  };

  /** The claims on a machine; none where there is no place for them. */
  const foundOn = async (machine: ClaimedMachine): Promise<Result<readonly Found[]>> => {
    const ready = await machine.ready();
    if (!ready.ok) return ready;
    if (ready.value === 'absent') return ok([]);
    try {
      const documents = await machine.documents.list();
      const found = await Promise.all(
        documents.map(async ({ name, text, uid }) => {
          const claim = await parseClaim(name, text);
          return claim ? [{ name, claim, machine, isBelieved: self.believes.includes(uid) }] : [];
        }),
      );
      return ok(found.flat());
    } catch (error) {
      return fail(unusable(error as Error));
    }
  };

  /** The state of a rollout of another store; `over` where it claims nothing. */
  const lookAt = async (claim: RolloutClaim): Promise<RolloutState | 'over' | 'unreadable'> => {
    const look = await states.journal(claim);
    if (look.kind === 'unreadable') return 'unreadable';
    if (look.kind === 'gone') return 'over';
    const state = foldJournal(look.value);
    return isFinalEnd(state.end) || !hasBegun(state) ? 'over' : state;
  };

  const rolloutElsewhere = async (
    { machine, name, isBelieved }: Found,
    claim: RolloutClaim,
    { names, here }: Looking,
  ): Promise<Result<ClaimElsewhere | undefined>> => {
    const resources = claim.tables.flatMap(({ table, services }) => {
      const known = names.get(table);
      return known === undefined ? [] : services.map((service) => `${service} on ${known}`);
    });
    if (resources.length === 0 || isByState(claim, self.state, here)) return ok(undefined);
    const own = await known(claim.rollout);
    if (!own.ok) return own;
    const state = own.value ? 'over' : await lookAt(claim);
    if (state === 'over') return ok(undefined);
    const one: ClaimElsewhere = {
      at: elsewhere(claim, here, self),
      rollout: claim.rollout,
      resources,
      sinceMs: claim.sinceMs,
      state: isBelieved && state !== 'unreadable' ? reachedFrom(state, claim, names) : undefined,
    };
    documentsOf.set(one, { machine, name });
    return ok(one);
  };

  const markElsewhere = async (
    claim: MarkClaim,
    { names, here }: Looking,
  ): Promise<Result<MarkElsewhere | undefined>> => {
    const table = names.get(claim.table);
    if (table === undefined || isByState(claim, self.state, here)) return ok(undefined);
    const { service, server, reason, weight, sinceMs, actor } = claim;
    const own = await store.marks.list();
    if (!own.ok) return own;
    const isOwn = own.value.some(
      (mark) =>
        mark.reason === reason &&
        mark.table === table &&
        mark.service === service &&
        mark.server === server,
    );
    if (isOwn || (await states.mark(claim)).kind === 'gone') return ok(undefined);
    const at = elsewhere(claim, here, self);
    return ok({ at, table, service, server, reason, weight, sinceMs, actor });
  };

  const clusterElsewhere = clusterOf(options);

  const others = async (tables: readonly string[]): Promise<Result<ClaimsElsewhere>> => {
    const rollouts: ClaimElsewhere[] = [];
    const marks: MarkElsewhere[] = [];
    const clusters: ClusterElsewhere[] = [];
    const here = await self.place();
    for (const [machine, names] of await byMachine(tables, placeOf)) {
      const looking = { names, here };
      const all = await foundOn(machine);
      if (!all.ok) return all;
      for (const found of all.value) {
        const { claim } = found;
        if ('servers' in claim) {
          const cluster = await clusterElsewhere(claim, looking);
          if (!cluster.ok) return cluster;
          if (cluster.value) clusters.push(cluster.value);
          continue;
        }
        if ('mark' in claim) {
          const mark = await markElsewhere(claim, looking);
          if (!mark.ok) return mark;
          if (mark.value) marks.push(mark.value);
          continue;
        }
        const rollout = await rolloutElsewhere(found, claim, looking);
        if (!rollout.ok) return rollout;
        if (rollout.value) rollouts.push(rollout.value);
      }
    }
    return ok({ rollouts, marks, clusters });
  };

  /** Takes away what is over of the claims on services that this store has locked. */
  const sweep = async (machine: ClaimedMachine, claimed: RolloutClaim): Promise<void> => {
    const found = await foundOn(machine);
    const locked = new Set(resourcesOn(claimed));
    for (const { claim, name } of found.ok ? found.value : []) {
      if ('mark' in claim || claim.rollout === claimed.rollout) continue;
      if (!resourcesOn(claim).every((resource) => locked.has(resource))) continue;
      const own = await known(claim.rollout);
      const isOver = !own.ok
        ? false
        : own.value
          ? isFinalEnd(foldJournal(own.value).end)
          : isByState(claim, self.state, claimed.place) || (await lookAt(claim)) === 'over';
      if (isOver) await machine.documents.remove(name);
    }
  };

  const claims: TableClaims = {
    others,
    async put(claimed) {
      for (const [machine, tables] of await tablesOf(claimed, placeOf)) {
        const ready = await machine.ready();
        if (!ready.ok) return ready;
        if (ready.value !== 'there') continue;
        const by = await maker();
        const { rollout } = claimed;
        const claim: RolloutClaim = { ...by, sinceMs: self.wallMs(), rollout, tables: [...tables] };
        try {
          await sweep(machine, claim);
          await machine.documents.put(rolloutClaimName(rollout, by), JSON.stringify(claim));
          claimedOn.set(rollout, (claimedOn.get(rollout) ?? new Set()).add(machine));
        } catch (error) {
          return fail(unusable(error as Error));
        }
      }
      return ok(undefined);
    },
    async remove(claimed) {
      const name = rolloutClaimName(claimed.rollout, await maker());
      const here = (await tablesOf(claimed, placeOf)).keys();
      const all = new Set([...here, ...(claimedOn.get(claimed.rollout) ?? [])]);
      for (const machine of all) await removeFrom(machine, name);
      claimedOn.delete(claimed.rollout);
    },
    async dismiss(claim) {
      const document = documentsOf.get(claim);
      if (document) await removeFrom(document.machine, document.name);
    },
  };

  const markDocument = async (subject: MarkSubject) => {
    const place = await placeOf(subject.table);
    if (!place) return undefined;
    const by = await maker();
    const mark = markName(subject);
    return { ...place, by, mark, name: markClaimName(mark, by) };
  };

  return {
    claims,
    clusters: createClusterDocuments({ placeOf, maker, nowMs: () => self.wallMs() }),
    async putMark(mark) {
      const document = await markDocument(mark);
      if (!document) return;
      const { machine, table, by, name } = document;
      const { service, server, reason, weight, sinceMs, actor } = mark;
      const subject = { mark: document.mark, table, service, server, reason };
      const claim: MarkClaim = { ...by, ...subject, weight, sinceMs, actor };
      const ready = await machine.ready();
      if (!ready.ok || ready.value !== 'there') return;
      // The mark itself is kept; that others know of it is more than was promised.
      await machine.documents.put(name, JSON.stringify(claim)).catch(() => {});
    },
    async removeMark(subject) {
      const document = await markDocument(subject);
      if (document) await removeFrom(document.machine, document.name);
    },
  };
}

async function removeFrom({ ready, documents }: ClaimedMachine, name: string): Promise<void> {
  const there = await ready();
  // What stays proves nothing once its journal says that it is over.
  if (there.ok && there.value !== 'absent') await documents.remove(name).catch(() => {});
}

const unusable = ({ message }: Error) =>
  ({
    kind: 'preflight',
    what: `the claims of rollouts cannot be kept beside the locks of the table: ${printable(message)}`,
    next: 'make room there, or look whether this user may write there',
  }) as const;
