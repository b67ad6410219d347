import { describe, expect, it } from 'vitest';
import type { ApiFailureCode, ServicePatch } from '../../../src/kube/kube-ports.ts';
import {
  attempted,
  isDue,
  nextDueMs,
  type OwnedPatch,
  type PatchBook,
} from '../../../src/kube/status/patch-book.ts';
import { type OwnerChange, servicePatchOf } from '../../../src/kube/status/service-patch.ts';
import { createStatusWriter } from '../../../src/kube/status/write-statuses.ts';
import type { WantedOwner } from '../../../src/kube/wanted/wanted.ts';
import { standingClock } from '../../support/notice-clocks.ts';

const finalizer = 'drain.example/prod';
const vip = { ip: '203.0.113.10', ipMode: 'VIP' as const };
const proxy = { ip: '203.0.113.10', ipMode: 'Proxy' as const };

const owner = (more: Partial<WantedOwner> = {}): WantedOwner => ({
  ...{ namespace: 'web', name: 'shop', uid: 'u1', version: '7', phase: 'serving' },
  ...{ finalizers: ['x/other', finalizer], hasFinalizer: true, mayGetFinalizer: true },
  ...{ ingress: [proxy], ingressNow: [proxy] },
  ...more,
});
const fresh = { finalizers: ['x/other'], hasFinalizer: false };
const other = { ...proxy, ip: '2001:db8::1' };

describe('a patch of a Service', () => {
  it.each<[string, Partial<WantedOwner>, OwnerChange, Partial<ServicePatch> | undefined]>([
    ['is not made where nothing is to change', {}, {}, undefined],
    [
      'adds the finalizer behind those of others',
      fresh,
      { finalizer: 'add' },
      { finalizers: ['x/other', finalizer] },
    ],
    ['adds none that is there', {}, { finalizer: 'add' }, undefined],
    [
      'never adds one to a Service that is being deleted, whoever asks for it',
      { ...fresh, mayGetFinalizer: false },
      { finalizer: 'add' },
      undefined,
    ],
    [
      'takes off its own finalizer alone, and the address with it',
      { phase: 'ending', mayGetFinalizer: false },
      { finalizer: 'remove', ingress: [] },
      { finalizers: ['x/other'], ingress: [] },
    ],
    ['takes off none that is not there', fresh, { finalizer: 'remove' }, undefined],
    ['shows an address', { ingressNow: [] }, { ingress: [proxy] }, { ingress: [proxy] }],
    ['corrects its mode', { ingressNow: [vip] }, { ingress: [proxy] }, { ingress: [proxy] }],
    [
      'takes an address without a mode for one of VIP',
      { ingressNow: [{ ip: vip.ip }] },
      { ingress: [vip] },
      undefined,
    ],
    [
      'sees no difference in another order',
      { ingressNow: [other, proxy] },
      { ingress: [proxy, other] },
      undefined,
    ],
    [
      'replaces a host name of whoever was there before',
      { ingressNow: [{ hostname: 'lb.example' }] },
      { ingress: [vip] },
      { ingress: [vip] },
    ],
  ])('%s', (_, more, change, wanted) => {
    const made = servicePatchOf(owner(more), change, finalizer);
    expect(made && JSON.parse(JSON.stringify(made))).toEqual(wanted && { version: '7', ...wanted });
  });
});

const startMs = 1_800_000_000_000;
const owned = (uid: string, version = '7'): OwnedPatch => ({
  ...{ uid, namespace: 'web', name: uid, patch: { version, ingress: [vip] } },
});
const record = (...failures: readonly (ApiFailureCode | undefined)[]): PatchBook =>
  failures.reduce<PatchBook>(
    (book, failure) => attempted(book, owned('a'), { failure, nowMs: startMs }),
    new Map(),
  );

describe('a status that cannot be written', () => {
  it('is tried again after 5 s, then twice as long each time, at most 300 s', () => {
    const rests = [1, 2, 3, 4, 5, 6, 7, 8, 20].map((count) => {
      const dueMs = nextDueMs(record(...Array(count).fill('busy')), [owned('a')]) ?? 0;
      return (dueMs - startMs) / 1_000;
    });
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(isDue(record('forbidden'), owned('a'), startMs + 4_999)).toBe(false);
    expect(isDue(record('forbidden'), owned('a'), startMs + 5_000)).toBe(true);
    // One that succeeds begins anew.
    expect(nextDueMs(record('busy', 'busy', undefined, 'busy'), [owned('a')])).toBe(
      startMs + 5_000,
    );
  });

  it('because there is a newer version waits for that version, which the watch brings', () => {
    for (const end of ['conflict', undefined] as const) {
      expect(isDue(record(end), owned('a'), startMs + 3_600_000)).toBe(false);
      expect(nextDueMs(record(end), [owned('a')])).toBeUndefined();
      expect(isDue(record(end), owned('a', '8'), startMs)).toBe(true);
    }
  });

  it('holds up no other, and nobody who does not lead writes', async () => {
    const clock = standingClock(startMs);
    const asked: string[] = [];
    let isLeader = true;
    const failure = {
      code: 'busy',
      verb: 'patch',
      resource: 'services/status',
      message: '',
    } as const;
    const writer = createStatusWriter({
      api: {
        async patchService({ name }) {
          asked.push(name);
          return name === 'a' ? { ok: false, failure } : { ok: true, value: {} };
        },
      },
      ...{ clock, mayWrite: () => isLeader, onFailure: () => {} },
    });
    expect(await writer.write([owned('a'), owned('b')])).toBe(startMs + 5_000);
    await writer.write([owned('a'), owned('b')]);
    expect(asked).toEqual(['a', 'b']);
    clock.moveOn(5_000);
    isLeader = false;
    expect(await writer.write([owned('a'), owned('b', '8')])).toBeUndefined();
    expect(asked).toEqual(['a', 'b']);
    isLeader = true;
    await writer.write([owned('a'), owned('b', '8')]);
    expect(asked).toEqual(['a', 'b', 'a', 'b']);
  });
});
