import { describe, expect, it } from 'vitest';
import type { Audience } from '../../../src/control/audience.ts';
import type { ControlPorts } from '../../../src/control/ports.ts';
import { asBy } from '../../../src/control/resume/await-request.ts';
import { requestOf } from '../../../src/control/resume/request.ts';
import {
  exitCodeOfRollback,
  judgeRequest,
  type RequestProgress,
  silenceLimitMs,
} from '../../../src/control/resume/request-verdict.ts';
import { exitCodeOf, fail } from '../../../src/domain/failure.ts';
import type { Plan } from '../../../src/domain/rollout/plan.ts';
import type { LockHolder, Store } from '../../../src/rollout/ports.ts';
import { runOf } from '../../../src/rollout/requests.ts';
import {
  type JournalBody,
  type JournalEntry,
  journalVersion,
} from '../../../src/rollout/state/journal.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { unwrap } from '../../contract/store.ts';
import { journalEntries } from '../../support/journal-entries.ts';

const entry = (body: JournalBody): JournalEntry => ({ ...body, v: journalVersion, atMs: 1 });
const paused = entry({ type: 'paused', reason: 'asked to' });
const continued = entry({ type: 'continued', startAtMs: 1 });
const backEntry = (cause: 'asked' | 'gate'): JournalEntry =>
  entry({ type: 'rollback-started', cause, reason: cause, exitCode: 5 });
const promoted = entry({ type: 'promoted' });
const draining = { phase: { kind: 'draining', sinceMs: 1 } } as const;
const ramping = { phase: { kind: 'ramping' } } as const;
const back = {
  phase: { kind: 'rolling-back', cause: 'asked', reason: 'asked to', exitCode: 5 },
} as const;
const done = { outcome: 'done', exitCode: 0, message: 'done' } as const;
const rolledBack = { outcome: 'rolled-back', exitCode: 5, message: 'rolled back' } as const;
const held = { outcome: 'held', exitCode: 7, message: 'held' } as const;

const verdict = (request: RequestProgress['request'], facts: Partial<RequestProgress>) =>
  judgeRequest({ request, isAsked: true, isRunning: true, state: ramping, since: [], ...facts });

describe('a request with whoever makes it', () => {
  const actor = { user: 'alice', host: 'lb1', reason: 'it is broken' };
  const request = { kind: 'pause' } as const;

  it('is made of a process that knows what that is', () => {
    expect(asBy(request, { actor: { user: 'anna', host: 'lb1' } }, actor)).toEqual({
      ...request,
      actor,
    });
  });

  it('is not made of one of an earlier version, which would drop what it cannot read', () => {
    expect(asBy(request, {}, actor)).toEqual(request);
  });
});

describe('a request', () => {
  it.each<
    [string, RequestProgress['request'], Partial<RequestProgress>, ReturnType<typeof judgeRequest>]
  >([
    ['waits until it is taken', 'pause', {}, { kind: 'waiting' }],
    [
      'to pause is in force with the entry of the pause',
      'pause',
      { isAsked: false, since: [paused], state: { ...ramping, pausedAtMs: 1 } },
      { kind: 'in-force', request: 'pause', reason: 'asked' },
    ],
    [
      'to pause was in force, though somebody has continued and all is over by now',
      'pause',
      {
        isAsked: false,
        isRunning: false,
        since: [paused, continued],
        state: { ...ramping, end: done },
      },
      { kind: 'in-force', request: 'pause', reason: 'asked' },
    ],
    [
      'to pause what was paused is in force',
      'pause',
      { isAsked: false, state: { ...ramping, pausedAtMs: 1 } },
      { kind: 'in-force', request: 'pause', reason: 'before' },
    ],
    [
      'to promote waits for the last step, or for what the gates say',
      'promote',
      { isAsked: false, since: [promoted] },
      { kind: 'waiting' },
    ],
    [
      'to promote is in force with the last step',
      'promote',
      { isAsked: false, since: [promoted], state: draining },
      { kind: 'in-force', request: 'promote', reason: 'asked' },
    ],
    [
      'to promote what has its ramp behind it changes nothing',
      'promote',
      { isAsked: false, state: draining },
      { kind: 'in-force', request: 'promote', reason: 'before' },
    ],
    [
      'to promote ends as its gates say',
      'promote',
      { isAsked: false, since: [promoted, backEntry('gate')], state: { ...back, end: rolledBack } },
      { kind: 'ended', end: rolledBack },
    ],
    [
      'to promote is passed over on the way back',
      'promote',
      { isAsked: false, state: back },
      { kind: 'not-obeyed', why: 'rolling-back' },
    ],
    [
      'to pause is passed over on the way back',
      'pause',
      { isAsked: false, state: back },
      { kind: 'not-obeyed', why: 'rolling-back' },
    ],
    [
      'is not obeyed where the rollout ends first',
      'pause',
      { state: { ...ramping, end: done } },
      { kind: 'not-obeyed', why: 'ended', end: done },
    ],
    [
      'is not obeyed where the process dies first',
      'continue',
      { isRunning: false, state: { ...ramping, pausedAtMs: 1 } },
      { kind: 'not-obeyed', why: 'died' },
    ],
    [
      'to continue is in force with its entry',
      'continue',
      { isAsked: false, since: [continued] },
      { kind: 'in-force', request: 'continue', reason: 'asked' },
    ],
    [
      'to continue what is not paused is in force once it is taken',
      'continue',
      { isAsked: false },
      { kind: 'in-force', request: 'continue', reason: 'before' },
    ],
    [
      'to continue was in force, though the rollout has paused by itself since',
      'continue',
      { isAsked: false, since: [paused], state: { ...ramping, pausedAtMs: 1 } },
      { kind: 'in-force', request: 'continue', reason: 'before' },
    ],
    [
      'to pause what was paused was in force, though somebody has continued since',
      'pause',
      { isAsked: false, since: [continued] },
      { kind: 'in-force', request: 'pause', reason: 'before' },
    ],
    [
      'to roll back waits for the end',
      'rollback',
      { isAsked: false, since: [backEntry('asked')], state: back },
      { kind: 'waiting' },
    ],
    [
      'to roll back ends with the rollback',
      'rollback',
      { isAsked: false, since: [backEntry('asked')], state: { ...back, end: rolledBack } },
      { kind: 'ended', end: rolledBack },
    ],
    [
      'to roll back ends with a rollback that a gate began',
      'rollback',
      { since: [backEntry('gate')], state: { ...back, end: rolledBack } },
      { kind: 'ended', end: rolledBack },
    ],
    [
      'to roll back is not obeyed where the rollout is done first',
      'rollback',
      { state: { ...ramping, end: done } },
      { kind: 'not-obeyed', why: 'ended', end: done },
    ],
    [
      'to roll back is not over where its process dies on the way',
      'rollback',
      { isAsked: false, isRunning: false, since: [backEntry('asked')], state: back },
      { kind: 'not-obeyed', why: 'died' },
    ],
  ])('%s', (_, request, facts, expected) => {
    expect(verdict(request, facts)).toEqual(expected);
  });

  it('to roll back is a success where it was reached, and ends as the rollout where not', () => {
    expect(exitCodeOfRollback(rolledBack)).toBe(0);
    expect(exitCodeOfRollback(held)).toBe(7);
  });
});

describe('a rollback of a rollout that has ended, while its process still tells others of it', () => {
  it('waits for the locks, and is not handed to that process', async () => {
    const store = createMemoryStore();
    const rollout = '20261123-141530-0001';
    const journal = unwrap(await store.create(rollout));
    unwrap(await journal.append(...journalEntries(rollout, 3), entry({ type: 'ended', ...done })));
    const holder: LockHolder = { rollout, pid: 7, sinceMs: 1 };
    const holders: (LockHolder | undefined)[] = [holder, holder, undefined];
    const asked: unknown[] = [];
    const taken = fail({ kind: 'conflict', what: 'it is locked by the test' } as const);
    const scripted: Store = {
      ...store,
      ask: async (...request) => {
        asked.push(request);
        return store.ask(...request);
      },
      holder: async () => holders.shift(),
      lock: async () => (holders.length === 0 ? taken : fail({ kind: 'usage', what: 'too early' })),
    };
    const never = new AbortController().signal;
    const stop = { requested: () => undefined, signal: () => never };
    const ports = { listenForStop: () => stop } as unknown as ControlPorts;
    const waits: unknown[] = [];
    const audience = {
      waitingFor: (wait: unknown, work: () => Promise<unknown>) => {
        waits.push(wait);
        return work();
      },
      canShow: async () => ({ ok: true, value: undefined }),
      confirm: async () => true,
      note() {},
    } as unknown as Audience;
    const call = { rollout, store: scripted, request: { kind: 'rollback' }, waits: true } as const;
    expect(await requestOf(ports, call, audience)).toEqual(taken);
    expect(asked).toEqual([]);
    expect(waits.slice(0, 2)).toEqual([{ kind: 'lock' }, { kind: 'lock' }]);
  });
});

describe('a request to a process that does not do it', () => {
  const rollout = '20261123-141530-0001';
  const holder: LockHolder = { rollout, pid: 7, sinceMs: 1 };

  /** A rollout whose process is `holderAt` that time, and a clock that passes as it is waited for. */
  async function asking(
    kind: 'pause' | 'rollback',
    holderAt: (nowMs: number) => LockHolder | undefined,
  ) {
    let nowMs = 0;
    const memory = createMemoryStore();
    const journal = unwrap(await memory.create(rollout));
    unwrap(await journal.append(...journalEntries(rollout, 3)));
    const taken = fail({ kind: 'conflict', what: 'it is made here' } as const);
    const store: Store = {
      ...memory,
      holder: async () => holderAt(nowMs),
      lock: async () => (holderAt(nowMs) ? fail({ kind: 'usage', what: 'too early' }) : taken),
    };
    const never = new AbortController().signal;
    const stop = { requested: () => undefined, signal: () => never };
    const ports = { listenForStop: () => stop } as unknown as ControlPorts;
    const audience = {
      waitingFor: (_: unknown, work: () => Promise<unknown>) => work(),
      canShow: async () => ({ ok: true, value: undefined }),
      confirm: async () => true,
      note() {},
    } as unknown as Audience;
    const clock = {
      nowMs: () => nowMs,
      async sleepUntil(timeMs: number) {
        nowMs = timeMs;
      },
    };
    const call = { rollout, store, request: { kind }, waits: true } as const;
    const result = await requestOf(ports, call, audience, clock);
    const left = store.inbox(rollout, { run: async () => runOf(holder) });
    return { result, endMs: nowMs, left: await left.take() };
  }

  it.each(['pause', 'rollback'] as const)(
    'ends after a minute without a sign of life, with exit 7 and what to do: %s',
    async (kind) => {
      const { result, endMs, left } = await asking(kind, () => holder);
      expect(endMs).toBe(60_000);
      expect(left).toBeUndefined();
      if (result.ok) throw new Error('it was obeyed');
      const { failure } = result;
      expect(exitCodeOf(failure.kind)).toBe(7);
      expect(failure.what).toBe(
        `process 7 has given no sign of life for 1m: the request to ${kind} rollout ${rollout} is withdrawn`,
      );
      expect(failure.next).toEqual([
        'let it go on with `kill -CONT 7`, and ask again; or end it with `kill -KILL 7`, and then ',
        ...(kind === 'pause' ? [['resume', rollout], ', or '] : []),
        ['rollback', rollout],
      ]);
    },
  );

  it('is made by whoever asked, where the process dies with a rollback unmade', async () => {
    const { result, endMs } = await asking('rollback', (nowMs) =>
      nowMs < 3_000 ? holder : undefined,
    );
    expect(result).toEqual(fail({ kind: 'conflict', what: 'it is made here' }));
    expect(endMs).toBe(3_000);
  });

  it('is told of, where the process dies and was to pause', async () => {
    const { result } = await asking('pause', (nowMs) => (nowMs < 3_000 ? holder : undefined));
    expect(result).toEqual({ ok: true, value: { kind: 'refused', exitCode: 2 } });
  });
});

describe('the silence after which a process is taken to hang', () => {
  const plan = { policy: { drainTimeoutMs: 600_000 } } as Plan;
  const schedule = [0, 30_000, 90_000].map((atMs) => ({ atMs, fraction: 0 }));

  it('is a minute until it answers, and none while a rollback is paused', () => {
    expect(silenceLimitMs({ isAsked: true, since: [], state: { ...ramping, plan } })).toBe(60_000);
    const since = [backEntry('asked')];
    const paused = { ...back, plan, pausedAtMs: 1 };
    expect(silenceLimitMs({ isAsked: false, since, state: paused })).toBeUndefined();
  });

  it('has room for the drain and the longest gap of the ramp while a rollback is under way', () => {
    const state = { phase: { ...back.phase, schedule }, plan };
    const since = [backEntry('asked')];
    expect(silenceLimitMs({ isAsked: false, since, state })).toBe(60_000 + 60_000 + 600_000);
  });
});
