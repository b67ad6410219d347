import { describe, expect, it } from 'vitest';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import type { ApiFailure, ApiFailureCode } from '../../../src/kube/kube-ports.ts';
import { Mirror } from '../../../src/kube/reflector/mirror.ts';
import { next } from '../../../src/kube/reflector/next.ts';
import {
  isCurrent,
  type ReflectorHappened,
  type ReflectorState,
  unsyncedReflector,
} from '../../../src/kube/reflector/reflector-state.ts';

const startMs = 1_800_000_000_000;
const failure = (code: ApiFailureCode, more: Partial<ApiFailure> = {}): ApiFailure => ({
  ...{ code, verb: 'list', resource: 'nodes', message: 'as planned' },
  ...more,
});
const trimmed = (name: string, version: string) => ({ key: `/${name}`, version, value: { name } });
const page = (names: readonly string[], version: string, continueAt?: string) =>
  ({
    kind: 'listed',
    page: { objects: names.map((name) => trimmed(name, version)), version, continueAt },
  }) as const;
const changed = (name: string, version: string) =>
  ({ kind: 'changed', as: 'set', object: trimmed(name, version) }) as const;
const failed = (code: ApiFailureCode) =>
  ({ kind: 'watch-ended', end: { kind: 'failed', failure: failure(code) } }) as const;
const closed = { kind: 'watch-ended', end: { kind: 'closed' } } as const;
const listFailed = (code: ApiFailureCode, more: Partial<ApiFailure> = {}) =>
  ({ kind: 'list-failed', failure: failure(code, more) }) as const;

/** The state after all of this, one second apart, without jitter. */
const stateAfter = (...all: readonly ReflectorHappened[]): ReflectorState =>
  all.reduce(
    (state, happened, i) =>
      next(state, happened, { nowMs: startMs + 1_000 * (i + 1), random: 0 }).state,
    unsyncedReflector,
  );
const atS = (s: number): number => startMs + s * 1_000;

describe('a list', () => {
  it('makes the mirror what it says, and is watched from its version', () => {
    const step = next(unsyncedReflector, page(['a', 'b'], '7'), { nowMs: startMs, random: 0 });
    expect(step).toEqual({
      state: {
        phase: { kind: 'watching', sinceMs: startMs },
        ...{ isSynced: true, version: '7', lastHeardMs: startMs, failures: 0, restarts: {} },
      },
      edit: { kind: 'replace', objects: [trimmed('a', '7'), trimmed('b', '7')] },
    });
  });

  it('in pages is one list: nothing is known before the last of them', () => {
    const half = stateAfter(page(['a'], '7', 'more'));
    expect(half).toMatchObject({ isSynced: false, phase: { kind: 'listing', continueAt: 'more' } });
    const { edit, state } = next(half, page(['b'], '7'), { nowMs: startMs, random: 0 });
    expect(edit).toEqual({ kind: 'replace', objects: [trimmed('a', '7'), trimmed('b', '7')] });
    expect(isCurrent(state)).toBe(true);
  });

  it.each(['busy', 'unreachable', 'timed-out', 'forbidden', 'garbled'] as const)(
    'that failed (%s) is no empty cluster: it is asked for again after a pause',
    (code) => {
      const state = stateAfter(listFailed(code));
      expect(state).toMatchObject({
        ...{ isSynced: false, phase: { kind: 'waiting', untilMs: atS(1) + 800 } },
        trouble: { failure: failure(code), sinceMs: atS(1) },
      });
      expect(stateAfter(listFailed(code), { kind: 'due' }).phase).toEqual({
        ...{ kind: 'listing', before: [] },
      });
    },
  );

  it('whose first pages have expired begins anew at once, without them', () => {
    const state = stateAfter(page(['a'], '7', 'more'), listFailed('gone'));
    expect(state.phase).toEqual({ kind: 'listing', before: [] });
  });

  it('is asked for later and later, at most twice 30 s apart', () => {
    let state = unsyncedReflector;
    const rests = Array.from({ length: 9 }, (_, i) => {
      const nowMs = startMs + i * 100_000;
      state = next(state, listFailed('busy'), { nowMs, random: i === 8 ? 1 : 0 }).state;
      return state.phase.kind === 'waiting' ? (state.phase.untilMs - nowMs) / 1_000 : 0;
    });
    expect(rests).toEqual([0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 60]);
  });

  it('waits for as long as the server asks (Retry-After)', () => {
    expect(stateAfter(listFailed('busy', { retryAfterMs: 45_000 })).phase).toEqual({
      ...{ kind: 'waiting', untilMs: atS(1) + 45_000 },
    });
  });

  it('is named with verb and resource when it is forbidden, and not given up', () => {
    const state = stateAfter(listFailed('forbidden', { status: 403 }), { kind: 'due' });
    expect(state.trouble?.failure).toMatchObject({ verb: 'list', resource: 'nodes', status: 403 });
    expect(state.phase.kind).toBe('listing');
  });
});

describe('a watch', () => {
  it('goes on from the version of each change, and of each bookmark', () => {
    const list = page(['a'], '7');
    expect(stateAfter(list, changed('a', '9')).version).toBe('9');
    expect(stateAfter(list, changed('a', '9'), { kind: 'bookmark', version: '12' }).version).toBe(
      '12',
    );
  });

  it('that the server closes after its time goes on at once, from where it was', () => {
    expect(stateAfter(page(['a'], '7'), changed('a', '9'), closed)).toMatchObject({
      ...{ version: '9', phase: { kind: 'watching', sinceMs: atS(3) } },
      ...{ failures: 0, restarts: { closed: 1 } },
    });
  });

  it('that the server closes at once is not asked for all the time', () => {
    const moment = { nowMs: startMs, random: 0 };
    const { state } = next(next(unsyncedReflector, page([], '7'), moment).state, closed, moment);
    expect(state).toMatchObject({
      ...{ phase: { kind: 'waiting', untilMs: startMs + 800 }, restarts: { hasty: 1 } },
    });
  });

  it.each([
    ['unreachable', 'cut'],
    ['timed-out', 'silent'],
    ['busy', 'refused'],
    ['forbidden', 'refused'],
  ] as const)('that fails (%s) is begun again after a pause, without a list', (code, cause) => {
    const state = stateAfter(page(['a'], '7'), changed('a', '9'), failed(code));
    expect(state).toMatchObject({
      ...{ isSynced: true, version: '9', restarts: { [cause]: 1 } },
      phase: { kind: 'waiting', untilMs: atS(3) + 800 },
    });
    expect(isCurrent(state)).toBe(false);
    const again = stateAfter(page(['a'], '7'), changed('a', '9'), failed(code), { kind: 'due' });
    expect(again.phase).toEqual({ kind: 'watching', sinceMs: atS(4) });
    expect(isCurrent(next(again, { kind: 'opened' }, { nowMs: atS(5), random: 0 }).state)).toBe(
      true,
    );
  });

  it('from a version that is gone (410) is a list anew, at once and then after pauses', () => {
    const state = stateAfter(page(['a'], '7'), failed('gone'));
    expect(state).toMatchObject({ isSynced: true, phase: { kind: 'listing' } });
    expect(state.version).toBeUndefined();
    // A list works each time, but the watch after it never does.
    const never = stateAfter(page(['a'], '7'), failed('gone'), page(['a'], '8'), failed('gone'));
    expect(never.phase).toEqual({ kind: 'waiting', untilMs: atS(4) + 1_600 });
    expect(
      stateAfter(page(['a'], '7'), failed('gone'), page(['a'], '8'), failed('gone'), {
        kind: 'due',
      }).phase.kind,
    ).toBe('listing');
  });

  it('whose changes have no version is ended, and the list compared', () => {
    const watching = stateAfter(page(['a'], '7'));
    const nameless = { kind: 'changed', as: 'set', object: { value: undefined } } as const;
    const step = next(watching, nameless, { nowMs: startMs, random: 0 });
    expect(step).toMatchObject({ endsWatch: true, state: { phase: { kind: 'waiting' } } });
    expect(step.state.version).toBeUndefined();
    // What the ended watch says after that is nothing.
    for (const late of [changed('a', '9'), closed, { kind: 'opened' } as const]) {
      expect(next(step.state, late, { nowMs: startMs, random: 0 })).toEqual({ state: step.state });
    }
  });

  it('that only opens and is cut again waits longer and longer', () => {
    const opened = { kind: 'opened' } as const;
    const due = { kind: 'due' } as const;
    const cut = failed('unreachable');
    const state = stateAfter(page(['a'], '7'), cut, due, opened, cut, due, opened, cut);
    expect(state.phase).toEqual({ kind: 'waiting', untilMs: atS(8) + 3_200 });
  });
});

const node = (name: string, heartbeat: number, more: object = {}) => ({
  metadata: {
    ...{ name, uid: `uid-${name}`, resourceVersion: String(heartbeat) },
    managedFields: [{ manager: 'kubelet', time: heartbeat }],
    ...more,
  },
  status: {
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: String(heartbeat) }],
    images: [{ names: ['registry/pause'], sizeBytes: heartbeat }],
  },
});

describe('a mirror', () => {
  it('is not changed by 10,000 heartbeats of 1,000 nodes, by which nobody is woken', () => {
    const mirror = new Mirror(readNode);
    const all = Array.from({ length: 1_000 }, (_, i) => mirror.trim(node(`n${i}`, 0)));
    expect(mirror.apply({ kind: 'replace', objects: all })).toBe(true);
    const before = mirror.values();
    const woken = Array.from({ length: 10_000 }, (_, i) =>
      mirror.apply({ kind: 'set', object: mirror.trim(node(`n${i % 1_000}`, 1 + i)) }),
    );
    expect(woken.filter((one) => one)).toEqual([]);
    expect(mirror.values()).toEqual(before);
    // The very same objects, so that what was computed from them stays true.
    expect(mirror.values().every((value, i) => value === before[i])).toBe(true);
    expect(mirror.versionOf('/n999')).toBe('10000');
  });

  it('is changed by a label, a deletion, and a list with another set of names', () => {
    const mirror = new Mirror(readNode);
    const set = (object: object) => mirror.apply({ kind: 'set', object: mirror.trim(object) });
    expect(set(node('a', 1))).toBe(true);
    expect(set(node('a', 2, { labels: { role: 'edge' } }))).toBe(true);
    expect(set(node('b', 3))).toBe(true);
    const list = (...names: readonly string[]) =>
      mirror.apply({ kind: 'replace', objects: names.map((one) => mirror.trim(node(one, 4))) });
    expect(list('b', 'a')).toBe(true); // a without its label
    expect(list('a', 'b')).toBe(false); // in another order
    expect(list('a', 'b', 'a')).toBe(false); // twice, in two pages
    expect(list('a')).toBe(true);
    expect(mirror.values().map(({ name }) => name)).toEqual(['a']);
    expect(mirror.apply({ kind: 'delete', object: mirror.trim(node('a', 5)) })).toBe(true);
    expect(mirror.apply({ kind: 'delete', object: mirror.trim(node('a', 5)) })).toBe(false);
  });

  it('keeps nothing of what is no object of its kind', () => {
    const mirror = new Mirror(readNode);
    for (const hostile of [null, 7, 'text', [], {}, { metadata: { name: 'a' } }]) {
      expect(mirror.apply({ kind: 'set', object: mirror.trim(hostile) })).toBe(false);
    }
    expect(mirror.values()).toEqual([]);
  });
});
