import { describe, expect, it } from 'vitest';
import { finalizerOf } from '../../../../src/kube/cluster/names.ts';
import type { DirectorStanding } from '../../../../src/kube/run/kube-run-ports.ts';
import { ownerPatches } from '../../../../src/kube/run/owner-patches.ts';
import { isNodeDrained } from '../../../../src/kube/run/run-kube.ts';
import { eventNote } from '../../../../src/kube/seen/event-words.ts';
import type { Wanted, WantedOwner } from '../../../../src/kube/wanted/wanted.ts';
import {
  DecideLab,
  node,
  wantedServer as one,
  wantedOf,
  wantedService,
  web,
} from '../../../support/kube/decide-lab.ts';

const ingress = [{ ip: '203.0.113.10', ipMode: 'Proxy' as const }];
const owner: WantedOwner = {
  namespace: 'ingress',
  name: 'controller',
  uid: 'svc-1',
  version: '7',
  phase: 'serving',
  finalizers: ['other/one'],
  hasFinalizer: false,
  mayGetFinalizer: true,
  ingress,
  ingressNow: [],
};
const standing = (lab: DecideLab, director = 'lb1'): DirectorStanding => ({
  director,
  claims: lab.claims,
  states: new Map(),
  held: new Map(),
  applied: lab.wanted,
  atMs: lab.nowMs,
});
const patchesOf = (wanted: Wanted, standings: readonly (DirectorStanding | undefined)[]) =>
  ownerPatches({ cluster: 'prod', wanted, standings });
const own = finalizerOf('prod');
const having = { hasFinalizer: true, finalizers: ['other/one', own] };
const wantedBy = (more: Partial<WantedOwner>) =>
  wantedOf([wantedService([one(1)])], { owners: [{ ...owner, ...more }] });
const built = new DecideLab().want([one(1), one(2)]).until(1);
const name = { namespace: 'ingress', name: 'controller', uid: 'svc-1' };

describe('a Service of the cluster', () => {
  it('gets its finalizer at once, and its address when its virtual service stands everywhere', () => {
    expect(patchesOf(wantedBy({}), [standing(new DecideLab()), undefined])).toEqual([
      { ...name, patch: { version: '7', finalizers: ['other/one', own] } },
    ]);
    expect(patchesOf(wantedBy(having), [standing(built), undefined])).toEqual([]);
    expect(patchesOf(wantedBy(having), [standing(built), standing(built, 'lb2')])).toEqual([
      { ...name, patch: { version: '7', ingress } },
    ]);
    expect(patchesOf(wantedBy({ ...having, ingressNow: ingress }), [standing(built)])).toEqual([]);
  });

  it('that is being deleted gets no finalizer, and keeps the one it has until all have let it go', () => {
    const ending = wantedBy({
      phase: 'ending',
      finalizers: ['other/one', own],
      hasFinalizer: true,
      mayGetFinalizer: false,
      ingress: [],
      ingressNow: ingress,
    });
    const empty = standing(new DecideLab());
    expect(patchesOf(ending, [standing(built), empty])).toEqual([]);
    expect(patchesOf(ending, [empty, undefined])).toEqual([]);
    expect(patchesOf(ending, [empty, empty])).toEqual([
      { ...name, patch: { version: '7', finalizers: ['other/one'], ingress: [] } },
    ]);
    const without = wantedBy({ phase: 'ending', mayGetFinalizer: false, ingress: [] });
    expect(patchesOf(without, [empty])).toEqual([]);
  });
});

describe('a node that is waited for', () => {
  it('is drained when no director has anything left of it', () => {
    expect(isNodeDrained('worker-1', [standing(built)])).toBe(false);
    expect(isNodeDrained('worker-9', [standing(built)])).toBe(true);
    expect(isNodeDrained('worker-9', [standing(built), undefined])).toBe(false);
  });
});

describe('an Event below a Service', () => {
  it('says which node, why and where, and lets no escape sequence through', () => {
    const lab = new DecideLab().want([one(1), one(2)]).until(1);
    lab.events.length = 0;
    lab
      .want([
        one(1, {
          presence: {
            kind: 'leaves',
            cause: 'taint',
            detail: 'a\u001b[31m',
            pace: 'at-once',
            basis: 'asked',
          } as const,
        }),
        one(2),
      ])
      .until(20);
    const [leaving, drained] = lab.events.map((event) => eventNote('lb1', event));
    expect(leaving).toEqual({
      regarding: { kind: 'Service', ...name },
      type: 'Normal',
      reason: 'ServerLeaving',
      action: 'Drain',
      note: expect.stringContaining(`worker-1 (${node(1)}) leaves: taint a`),
    });
    expect(leaving?.note).not.toContain('\u001b');
    expect(drained).toMatchObject({
      reason: 'ServerDrained',
      note: `worker-1 (${node(1)}) is empty after 0s, and removed (${web} on lb1)`,
    });
  });
});
