import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../../src/domain/failure.ts';
import {
  afterFailure,
  afterLoss,
  afterSuccess,
  initialObservation,
  type LiveDirector,
  nextOnGrid,
  withDirector,
  withProbed,
} from '../../../../src/rollout/observe/observation.ts';
import { snapshotOf } from '../../../support/tables.ts';

const table = { atMs: 4_000, snapshot: snapshotOf([]) };
const failure: Failure = { kind: 'director', what: 'cut off' };
const live: LiveDirector = { table, tellsChanges: true, commandMs: 80, troubles: {} };

describe('a director whose commands fail', () => {
  it('keeps the table that was listed after a listing, and loses it after an edit', () => {
    expect(afterFailure(live, 'listing', failure, 5_000)).toEqual({
      ...live,
      troubles: { listing: { failure, count: 1, retryAtMs: 6_000 } },
    });
    const { table: _, ...rest } = live;
    const edited = afterFailure(live, 'edit', failure, 5_000);
    expect(edited).toStrictEqual({
      ...rest,
      troubles: { edit: { failure, count: 1, retryAtMs: 6_000 } },
    });
    expect(afterFailure(edited, 'listing', failure, 6_000)).toStrictEqual({
      ...rest,
      troubles: {
        edit: { failure, count: 1, retryAtMs: 6_000 },
        listing: { failure, count: 1, retryAtMs: 7_000 },
      },
    });
  });

  it('counts failures of one kind in a row, until one succeeds', () => {
    const once = afterFailure(live, 'listing', failure, 5_000);
    const twice = afterFailure(
      afterFailure(once, 'edit', failure, 5_500),
      'listing',
      failure,
      6_000,
    );
    expect(twice.troubles).toMatchObject({ listing: { count: 2 }, edit: { count: 1 } });
    const { troubles } = afterSuccess(twice, 'listing');
    expect(Object.keys(troubles)).toEqual(['edit']);
  });

  it('is known for the time of its commands alone once it is lost, and probed 5 s later', () => {
    expect(afterLoss(afterFailure(live, 'edit', failure, 5_000), 5_000)).toStrictEqual({
      tellsChanges: false,
      commandMs: 80,
      troubles: {},
      probe: { atMs: 10_000 },
    });
  });
});

describe('the time that a command takes', () => {
  it('is at once that of a slower one, and falls by an eighth of what a faster one is below', () => {
    expect(afterSuccess(live, 'edit', 200).commandMs).toBe(200);
    expect(afterSuccess(live, 'edit', 0).commandMs).toBe(70);
    expect(afterSuccess(live, 'edit', 40).commandMs).toBe(75);
    expect(afterSuccess(live, 'edit').commandMs).toBe(80);
  });
});

describe('an observation', () => {
  it('begins with directors of which nothing is known, to be read at once', () => {
    const seen = initialObservation(['lb1'], 7_000);
    expect(seen).toEqual({
      directors: new Map([['lb1', { tellsChanges: false, commandMs: 20, troubles: {} }]]),
      watches: new Map(),
      gates: new Map(),
      nextPollMs: 7_000,
      nextConnectionsMs: 7_000,
    });
  });

  it('that took some time has what a probe found meanwhile, and nothing else from then', () => {
    const probing: LiveDirector = { ...live, probe: 'under-way' };
    const found: LiveDirector = { ...live, commandMs: 300 };
    const start = initialObservation(['lb1', 'lb2'], 0);
    const seen = withDirector(start, 'lb1', () => probing);
    const now = withDirector(
      withDirector(start, 'lb1', () => found),
      'lb2',
      () => found,
    );
    const merged = withProbed({ ...seen, nextPollMs: 9 }, now);
    expect(merged.directors.get('lb1')).toBe(found);
    expect(merged.directors.get('lb2')).toBe(seen.directors.get('lb2'));
    expect(merged.nextPollMs).toBe(9);
    const unknown = withProbed(seen, { ...now, directors: new Map() });
    expect(unknown.directors.get('lb1')).toBe(probing);
  });

  it('is next on its grid after now, however many were missed', () => {
    expect(nextOnGrid(1_000, 500, 999)).toBe(1_000);
    expect(nextOnGrid(1_000, 500, 1_000)).toBe(1_500);
    expect(nextOnGrid(1_000, 500, 2_499)).toBe(2_500);
    expect(nextOnGrid(1_000, 500, 2_500)).toBe(3_000);
  });
});
