import { describe, expect, it } from 'vitest';
import { gateContext } from '../../../../src/rollout/gates/gate-context.ts';
import { heldDirector } from '../../../../src/rollout/held-director.ts';
import { drainingServers } from '../../../../src/rollout/observe/draining-servers.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import {
  drainingSince,
  old,
  oldKey,
  reachedOn,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

const directors = ['lb1', 'lb2'];
const at = (step: number, ...entries: readonly JournalBody[]) =>
  stateAfter([...reachedOn(directors, { kind: 'step', step }), ...entries], { directors });

describe('a resume', () => {
  it('reaches the directors that it names as it says, and the others as before', () => {
    const access = [{ director: 'lb2', where: 'ssh://lb2', ipvsadm: 'ipvsadm' }];
    const resumed = at(3, { type: 'resumed', startAtMs: 5, access });
    expect(resumed.access).toEqual([
      { director: 'lb1', where: 'local', ipvsadm: 'lb1' },
      ...access,
    ]);
    expect(at(3, { type: 'resumed', startAtMs: 5 }).access).toEqual(at(3).access);
    expect(resumed.startAtMs).toBe(5);
  });
});

describe('the context of a gate', () => {
  it.each([
    [stateAfter([]), 0, 0],
    [at(0), 1, 0],
    [at(3), 4, 0.25],
    [at(11), 12, 11 / 12],
    [drainingSince(0), 12, 1],
  ])('%#: names the step that comes next, and what has moved', (state, step, moved) => {
    expect(gateContext(state)).toMatchObject({
      ...{ rollout: 'r', step, of: 12, from: ['10.0.0.1:80'], to: ['10.0.0.2:80'] },
    });
    expect(gateContext(state).movedFraction).toBeCloseTo(moved, 6);
  });
});

describe('the servers that drain', () => {
  const lost: JournalBody = { type: 'director-lost', director: 'lb2', reason: 'away' };
  const back = (step: number) =>
    at(step, { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 });
  const draining = { key: oldKey, service: web, server: old };

  it('are the old ones, on each director that counts', () => {
    expect(drainingServers(at(12))).toEqual([{ ...draining, directors }]);
    expect(drainingServers(at(12, lost))).toEqual([{ ...draining, directors: ['lb1'] }]);
  });

  it('are in a rollback those that were added, once a step was taken', () => {
    expect(drainingServers(back(0)).map(({ server }) => server)).toEqual(['10.0.0.2:80']);
    expect(drainingServers(back(-1))).toEqual([]);
  });
});

describe('a director behind a lock that ends', () => {
  const held = (lockedForMs?: () => number) => {
    const director = { name: 'lb1', apply: async () => ({ ok: true, value: 'edited' }) } as never;
    return heldDirector(director, lockedForMs ? { lockedForMs } : {}).apply([]);
  };

  it('is edited only while the lock is known to be held', async () => {
    expect(await held()).toEqual({ ok: true, value: 'edited' });
    expect(await held(() => 1)).toEqual({ ok: true, value: 'edited' });
    expect(await held(() => 0)).toMatchObject({ ok: false, failure: { kind: 'director' } });
  });
});
