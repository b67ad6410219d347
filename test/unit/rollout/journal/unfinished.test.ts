import { describe, expect, it } from 'vitest';
import { fail, ok, type Result } from '../../../../src/domain/failure.ts';
import {
  addUnfinished,
  claimsElsewhere,
  completeIndex,
  removeUnfinished,
  tablesOf,
  unfinishedOn,
  unfinishedRollouts,
} from '../../../../src/rollout/journal/unfinished.ts';
import type { JournalEntries } from '../../../../src/rollout/ports.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { noClaimsElsewhere, type TableClaims } from '../../../../src/rollout/table-claims.ts';
import { stateAfter } from '../../../support/engine-state.ts';

const { plan, access } = stateAfter([]);
const step = { kind: 'step', step: 0 } as const;
const reached: JournalBody = { type: 'reached', director: 'lb1', milestone: step };
const endedAs = (outcome: 'done' | 'held' | 'rolled-back'): JournalBody => ({
  type: 'ended',
  outcome,
  exitCode: 0,
  message: '',
});
const journal = (rollout: string, ...bodies: readonly JournalBody[]): JournalEntries => [
  { v: 1, atMs: 0, type: 'opened', rollout, plan, access, startAtMs: 0 },
  ...bodies.map((body) => ({ v: 1 as const, atMs: 0, ...body })),
];
const broken = { kind: 'conflict', what: 'the store is away' } as const;

/** A store of these journals; the index names the rollouts of `index`. */
function storeOf(
  journals: readonly JournalEntries[],
  {
    index = journals.map(([{ rollout }]) => rollout),
    isWhole = true,
    claims,
    fails,
  }: {
    index?: readonly string[];
    isWhole?: boolean;
    claims?: TableClaims;
    fails?: 'index' | 'list' | 'add' | 'second-add';
  } = {},
) {
  const known = new Set(index);
  const done: string[] = [];
  let whole = isWhole;
  let adds = 0;
  const unless = <T>(at: typeof fails, value: T): Result<T> =>
    fails === at ? fail(broken) : ok(value);
  return {
    done,
    known,
    isWhole: () => whole,
    list: async () =>
      unless(
        'list',
        journals.map(([{ rollout }]) => rollout),
      ),
    async read(rollout: string) {
      done.push(`read ${rollout}`);
      const found = journals.find(([one]) => one.rollout === rollout);
      return found ? ok(found) : fail({ kind: 'usage', what: 'no such rollout' } as const);
    },
    unfinished: {
      list: async () => unless('index', { rollouts: [...known], isWhole: whole }),
      async add(rollout: string) {
        done.push(`add ${rollout}`);
        if (fails === 'add' || (fails === 'second-add' && ++adds > 1)) return fail(broken);
        known.add(rollout);
        return ok(undefined);
      },
      async remove(rollout: string) {
        done.push(`remove ${rollout}`);
        known.delete(rollout);
        return ok(undefined);
      },
      async declareWhole() {
        done.push('declare whole');
        whole = true;
        return ok(undefined);
      },
    },
    ...(claims ? { claims } : {}),
  };
}

const all = [
  journal('r1', reached),
  journal('r2', reached, endedAs('done')),
  journal('r3', reached, endedAs('held')),
  journal('r4'),
  journal('r5', { type: 'intended', director: 'lb1', milestone: step }),
  journal('r6', reached, endedAs('rolled-back')),
];
const namesOf = (found: Result<readonly RolloutState[]>) =>
  found.ok ? found.value.map(({ rollout }) => rollout) : found.failure;

/** The claims of other stores on the table `ipvsadm`, one of whose journals can be read. */
function claimsOf(done: string[], put: Result<void> = ok(undefined)): TableClaims {
  const at = { state: '/home/anna' } as never;
  const claim = { at, rollout: 'r9', resources: [], sinceMs: 0 };
  return {
    async put({ rollout }) {
      done.push(`claim ${rollout}`);
      return put;
    },
    async remove({ rollout }) {
      done.push(`unclaim ${rollout}`);
    },
    dismiss: async () => {},
    others: async (tables) =>
      tables.includes('ipvsadm')
        ? ok({
            rollouts: [
              { ...claim, state: stateAfter([reached]) },
              { ...claim, state: undefined },
            ],
            marks: [],
            clusters: [],
          })
        : fail(broken),
  };
}

describe('rollouts that are not over', () => {
  it('have begun, and have no end or are held', async () => {
    expect(namesOf(await unfinishedRollouts(storeOf(all)))).toEqual(['r1', 'r3', 'r5']);
  });

  it('are those of the index, whose names alone prove nothing', async () => {
    const store = storeOf(all, { index: ['gone', 'r2', 'r5'] });
    expect(namesOf(await unfinishedRollouts(store))).toEqual(['r5']);
    expect(store.done).toEqual(['read gone', 'read r2', 'read r5']);
  });

  it('are found in every journal where the index is not whole', async () => {
    const store = storeOf(all, { index: ['r3'], isWhole: false });
    expect(namesOf(await unfinishedRollouts(store))).toEqual(['r1', 'r3', 'r5']);
  });

  it('are not known where the store is away', async () => {
    expect(namesOf(await unfinishedRollouts(storeOf(all, { fails: 'index' })))).toEqual(broken);
    const old = storeOf(all, { isWhole: false, fails: 'list' });
    expect(namesOf(await unfinishedRollouts(old))).toEqual(broken);
  });
});

describe('rollouts on a table', () => {
  it('are those of this store and those of others whose journals can be read', async () => {
    const store = storeOf(all, { claims: claimsOf([]) });
    const found = await unfinishedOn(store, ['ipvsadm']);
    if (!found.ok) throw new Error(found.failure.what);
    expect(found.value.rollouts.map(({ rollout }) => rollout)).toEqual(['r1', 'r3', 'r5', 'r']);
    expect(found.value.elsewhere.rollouts).toHaveLength(2);
  });

  it('are its own where nothing is shared', async () => {
    const found = await unfinishedOn(storeOf(all), ['ipvsadm']);
    expect(found).toMatchObject({ ok: true, value: { elsewhere: noClaimsElsewhere } });
    expect(await claimsElsewhere({}, ['ipvsadm'])).toEqual(ok(noClaimsElsewhere));
  });

  it('are not known where one of both is away', async () => {
    const store = storeOf(all, { claims: claimsOf([]) });
    expect(await unfinishedOn(store, ['other'])).toEqual(fail(broken));
    expect(await unfinishedOn(storeOf(all, { fails: 'index' }), ['ipvsadm'])).toEqual(fail(broken));
  });

  it('are on the tables that their directors are reached by, each once', () => {
    const by = (director: string, ipvsadm: string) => ({ director, where: 'local', ipvsadm });
    expect(
      tablesOf([by('a', 'ipvsadm'), by('b', 'sudo ipvsadm'), by('c', 'ip netns exec c ipvsadm')]),
    ).toEqual(['ipvsadm', 'ip netns exec c ipvsadm']);
  });
});

describe('a rollout that begins', () => {
  const claimed = { rollout: 'r7', plan, access };

  it('is named, and claims its services', async () => {
    const done: string[] = [];
    const store = storeOf([], { claims: claimsOf(done) });
    expect(await addUnfinished(store, claimed)).toEqual(ok(undefined));
    expect([...store.known]).toEqual(['r7']);
    expect(done).toEqual(['claim r7']);
    expect(await addUnfinished(storeOf([]), claimed)).toEqual(ok(undefined));
  });

  it('does not begin where its name or its claim cannot be kept', async () => {
    const done: string[] = [];
    const claims = claimsOf(done);
    expect(await addUnfinished(storeOf([], { claims, fails: 'add' }), claimed)).toEqual(
      fail(broken),
    );
    expect(await addUnfinished(storeOf([], { claims, fails: 'index' }), claimed)).toEqual(
      fail(broken),
    );
    expect(done).toEqual([]);
    const refusing = storeOf([], { claims: claimsOf(done, fail(broken)) });
    expect(await addUnfinished(refusing, claimed)).toEqual(fail(broken));
  });

  it('is the first in a store of an earlier version: those that are there are named first', async () => {
    const store = storeOf(all, { index: [], isWhole: false });
    await addUnfinished(store, claimed);
    expect([...store.known]).toEqual(['r1', 'r3', 'r5', 'r7']);
    expect(store.isWhole()).toBe(true);
  });

  it('is named no more when it is over, and its claims are gone', async () => {
    const done: string[] = [];
    const store = storeOf(all, { claims: claimsOf(done) });
    expect(await removeUnfinished(store, { ...claimed, rollout: 'r1' })).toEqual(ok(undefined));
    expect(store.known.has('r1')).toBe(false);
    expect(done).toEqual(['unclaim r1']);
    expect(await removeUnfinished(storeOf(all), claimed)).toEqual(ok(undefined));
  });
});

describe('the index of a store of an earlier version', () => {
  it('is left alone where it is whole', async () => {
    const store = storeOf(all);
    expect(await completeIndex(store)).toEqual(ok(undefined));
    expect(store.done).toEqual([]);
  });

  it('is not declared whole before every name is in it', async () => {
    for (const fails of ['index', 'list', 'add', 'second-add'] as const) {
      const store = storeOf(all, { index: [], isWhole: false, fails });
      expect(await completeIndex(store), fails).toEqual(fail(broken));
      expect(store.isWhole(), fails).toBe(false);
    }
  });
});
