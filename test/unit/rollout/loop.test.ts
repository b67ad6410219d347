import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { fail, ok, type Result } from '../../../src/domain/failure.ts';
import type { ServiceSample } from '../../../src/domain/ipvs/ipvs.ts';
import type { RolloutPolicy } from '../../../src/domain/rollout/plan.ts';
import type { Director, Journal, StopRequest } from '../../../src/rollout/ports.ts';
import type { ControlRequest } from '../../../src/rollout/requests.ts';
import { runRollout } from '../../../src/rollout/run.ts';
import type { JournalEntry } from '../../../src/rollout/state/journal.ts';
import { stateAfter } from '../../support/engine-state.ts';
import { memoryDirector } from '../../support/memory-director.ts';
import { type GateScript, scriptedGate } from '../../support/scripted-gate.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const baseline = wrrService([realServer('10.0.0.1', 4), realServer('10.0.0.3', 4)]);

/** Counters of a table on whose servers clients stay. */
const withOpenOnes = (sample: ServiceSample): ServiceSample => ({
  ...sample,
  servers: new Map([...sample.servers].map(([key, own]) => [key, { ...own, activeConn: 3 }])),
});

interface Story {
  readonly answers?: (own: Director) => Partial<Director>;
  readonly append?: (own: Journal['append'], pass: (ms: number) => void) => Journal['append'];
  readonly stopAtMs?: number;
  readonly asks?: readonly { readonly atMs: number; readonly request: ControlRequest }[];
  readonly policy?: Partial<RolloutPolicy>;
  readonly gates?: readonly GateScript[];
  /** Another director, and whether that is away at a time; one of the two is enough. */
  readonly isSecondAway?: (atMs: number) => boolean;
}

/** A hand-over in two steps of two seconds, on a clock that jumps to whatever is waited for. */
async function run({
  answers,
  append,
  stopAtMs,
  asks = [],
  policy,
  gates = [],
  ...story
}: Story = {}) {
  const { isSecondAway } = story;
  let nowMs = 0;
  const sketch = {
    ramp: { overMs: 4_000, everyMs: 2_000 },
    policy: { settleMs: 2_000, ...policy },
  };
  const names = isSecondAway ? ['lb1', 'lb2'] : ['lb1'];
  const state = stateAfter([], { sketch, service: baseline, directors: names, quorum: 1 });
  const director = memoryDirector('lb1', baseline, answers);
  const second = memoryDirector('lb2', baseline, (own) => {
    const orAway =
      <Asked extends unknown[], Answer>(ask: (...asked: Asked) => Promise<Result<Answer>>) =>
      async (...asked: Asked): Promise<Result<Answer>> =>
        isSecondAway?.(nowMs) ? fail({ kind: 'director', what: 'no answer' }) : ask(...asked);
    const { snapshot, sample, look, connections, apply } = own;
    return {
      snapshot: orAway(snapshot),
      sample: orAway(sample),
      look: orAway(look),
      connections: orAway(connections),
      apply: orAway(apply),
    };
  });
  const written: JournalEntry[] = [];
  const events: DrainEvent[] = [];
  let stopping = new AbortController();
  const asked = [...asks];
  let settled = 0;
  const sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  const clock = {
    nowMs: () => nowMs,
    /** The earliest of all who sleep is woken first, as soon as nobody else does anything. */
    sleepUntil: (atMs: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted || atMs <= nowMs) return resolve();
        const sleeper = { atMs, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          resolve();
        });
        setImmediate(next);
      }),
  };
  const next = (): void => {
    const [first] = [...sleepers].sort((a, b) => a.atMs - b.atMs);
    if (!first) return;
    sleepers.delete(first);
    nowMs = Math.max(nowMs, first.atMs);
    if (stopAtMs !== undefined && nowMs >= stopAtMs) stopping.abort();
    first.wake();
    if (sleepers.size > 0) setImmediate(next);
  };
  const own: Journal['append'] = async (...entries) => {
    written.push(...entries);
    return ok(undefined);
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  const stop = (): StopRequest | undefined =>
    stopAtMs !== undefined && nowMs >= stopAtMs ? { signal: 'sigterm', again: false } : undefined;
  const end = await runRollout(
    {
      directors: new Map([director, second].slice(0, names.length).map((one) => [one.name, one])),
      journal: { append: append?.(own, pass) ?? own },
      inbox: {
        take: async () => {
          const [first] = asked;
          if (!first || first.atMs > nowMs) return undefined;
          asked.shift();
          return first.request;
        },
        settle: async () => void settled++,
      },
      clock,
      emit: (event) => void events.push(event),
      stop: {
        requested: stop,
        signal: () => {
          if (stopping.signal.aborted && stop()) stopping = new AbortController();
          return stopping.signal;
        },
      },
      gates: gates.map((script) => scriptedGate(clock, script)),
    },
    state,
  );
  const said = events
    .filter(({ type }) => type !== 'sampled')
    .map((event) => `${Date.parse(event.at)} ${event.type}`);
  const kept = written.map((entry) => {
    const milestone = 'milestone' in entry ? entry.milestone : undefined;
    const step = milestone && 'step' in milestone ? ` ${milestone.step}` : '';
    return [entry.atMs, entry.type, ...(milestone ? [`${milestone.kind}${step}`] : [])].join(' ');
  });
  const weights = director.weights();
  return { end, said, kept, events, weights, settled, ofSecond: second.weights() };
}

describe('a rollout', () => {
  it('writes what it intends, does it, writes what it has reached, and tells', async () => {
    const { end, said, kept, events, weights } = await run();
    expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(weights).toBe('10.0.0.2 4, 10.0.0.3 4');
    expect(events.some(({ type }) => type === 'sampled')).toBe(true);
    expect(kept).toEqual([
      '0 intended step 0',
      '0 reached step 0',
      '1850 intended step 1',
      '2000 reached step 1',
      '3850 intended step 2',
      '4000 reached step 2',
      '7000 drained',
      '7000 intended retire',
      '7000 reached retire',
      '7000 ended',
    ]);
    expect(said).toEqual([
      '0 step-applied',
      '2000 step-applied',
      '4000 step-applied',
      '4000 quiesced',
      '7000 drained',
      '7000 removed',
      '7000 finished',
    ]);
  });

  it('samples counters on its ramp, and reads connections only when a server is to be empty', async () => {
    const asked: string[] = [];
    await run({
      answers: (own) => ({
        sample: (services) => {
          asked.push('sample');
          return own.sample(services);
        },
        look: (services) => {
          asked.push('look');
          return own.look(services);
        },
      }),
    });
    expect(asked.slice(0, 2)).toEqual(['sample', 'sample']);
    expect(asked.filter((one) => one === 'look').length).toBeLessThanOrEqual(2);
  });

  it('goes on without a director that is away, and has it back when it answers', async () => {
    const { end, kept, weights, ofSecond } = await run({
      isSecondAway: (atMs) => atMs > 1_000 && atMs < 9_000,
    });
    expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const words = kept.map((entry) => entry.replace(/^\d+ /, ''));
    expect(words.indexOf('director-lost')).toBeGreaterThan(0);
    expect(words.indexOf('director-regained')).toBeGreaterThan(words.indexOf('director-lost'));
    expect(weights).toBe('10.0.0.2 4, 10.0.0.3 4');
    expect(ofSecond).toBe(weights);
  });

  it('makes no edit from a listing that a slow journal has made old', async () => {
    let slow = 5_001;
    const listings: number[] = [];
    const { end, kept } = await run({
      append:
        (own, pass) =>
        async (...entries) => {
          const isIntent = entries.some(({ type }) => type === 'intended');
          if (isIntent && slow > 0) pass(slow);
          if (isIntent) slow = 0;
          return own(...entries);
        },
      answers: (own) => ({
        snapshot: async (services) => {
          listings.push(1);
          return own.snapshot(services);
        },
      }),
    });
    expect(end).toMatchObject({ outcome: 'done' });
    expect(kept.filter((entry) => entry.endsWith('step 0'))).toHaveLength(2);
    expect(listings.length).toBeGreaterThan(1);
  });

  it('tries an edit that failed again, after a look at what it has done', async () => {
    let failures = 2;
    const { end, weights, kept } = await run({
      answers: (own) => ({
        async apply(changes, from) {
          const made = await own.apply(changes, from);
          return failures-- > 0 ? fail({ kind: 'director', what: 'cut off' }) : made;
        },
      }),
    });
    expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(weights).toBe('10.0.0.2 4, 10.0.0.3 4');
    expect(kept.filter((entry) => entry.includes('intended step 0'))).toHaveLength(1);
  });

  it('looks again at a server whose removal failed: it may have got clients since', async () => {
    let failures = 1;
    const { end, kept } = await run({
      answers: (own) => ({
        async apply(changes, from) {
          if (changes.some(({ kind }) => kind === 'remove-server') && failures-- > 0)
            return fail({ kind: 'director', what: 'cut off' });
          return own.apply(changes, from);
        },
      }),
    });
    expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const words = kept.map((entry) => entry.replace(/^\d+ /, ''));
    expect(words.slice(words.indexOf('drained'))).toEqual([
      'drained',
      'intended retire',
      'refilled',
      'drained',
      'reached retire',
      'ended',
    ]);
  });

  it('tries a removal at the deadline again, of a server that was never said to be empty', async () => {
    let failures = 1;
    const { end, kept } = await run({
      policy: { drainTimeoutMs: 3_000, onTimeout: 'remove' },
      answers: (own) => ({
        async sample(services) {
          const samples = await own.sample(services);
          return samples.ok ? ok(samples.value.map(withOpenOnes)) : samples;
        },
        async apply(changes, from) {
          if (changes.some(({ kind }) => kind === 'remove-server') && failures-- > 0)
            return fail({ kind: 'director', what: 'cut off' });
          return own.apply(changes, from);
        },
      }),
    });
    expect(end).toMatchObject({ outcome: 'done' });
    expect(failures).toBe(-1);
    const words = kept.map((entry) => entry.replace(/^\d+ /, ''));
    expect(words.slice(words.indexOf('reached step 2') + 1)).toEqual([
      'intended retire',
      'reached retire',
      'ended',
    ]);
  });

  it('tells that a gate let a step pass when that is reached, not when its edit failed', async () => {
    let edits = 0;
    const { said } = await run({
      gates: [{ name: 'a' }],
      answers: (own) => ({
        async apply(changes, from) {
          if (edits++ === 1) return fail({ kind: 'director', what: 'cut off' });
          return own.apply(changes, from);
        },
      }),
    });
    const steps = said.map((one) => one.replace(/^\d+ /, ''));
    expect(steps.filter((one) => one === 'gate-passed')).toHaveLength(
      steps.filter((one) => one === 'step-applied').length,
    );
  });

  it('ends a wait at SIGTERM, and is held where it is', async () => {
    const { end, weights, said } = await run({ stopAtMs: 2_500 });
    expect(end).toMatchObject({ outcome: 'held', exitCode: 143 });
    expect(weights).toBe('10.0.0.1 2, 10.0.0.2 2, 10.0.0.3 4');
    expect(said.at(-1)).toMatch(/finished$/);
  });

  it('takes requests one by one, and acknowledges each', async () => {
    const { end, said, settled } = await run({
      asks: [
        { atMs: 0, request: { kind: 'pause' } },
        { atMs: 0, request: { kind: 'continue' } },
        { atMs: 2_000, request: { kind: 'rollback' } },
      ],
    });
    expect(end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    const words = said.map((one) => one.replace(/^\d+ /, ''));
    expect(words).toContain('paused');
    expect(words.indexOf('continued')).toBeGreaterThan(words.indexOf('paused'));
    expect(words).toContain('rolled-back');
    expect(settled).toBeGreaterThan(3);
    expect(said.filter((one) => one.endsWith(' rollback-started'))).toHaveLength(1);
  });

  it('does not acknowledge a request that the journal could not take', async () => {
    const { end, settled, said } = await run({
      asks: [{ atMs: 0, request: { kind: 'pause' } }],
      append: () => async () => fail({ kind: 'director', what: 'the disk is full' }),
    });
    expect(end).toMatchObject({ outcome: 'held', exitCode: 7 });
    expect(settled).toBe(0);
    expect(said.map((one) => one.replace(/^\d+ /, ''))).toEqual(['held', 'finished']);
  });

  it('tells of a gate that fails once, and goes back without asking it again', async () => {
    const { end, events, weights } = await run({
      gates: [{ name: 'a', passes: (_, nth) => nth < 2, timing: { intervalMs: 500, fall: 2 } }],
    });
    expect(end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    expect(weights).toBe('10.0.0.1 4, 10.0.0.3 4');
    expect(events.filter(({ type }) => type === 'gate-failed')).toHaveLength(1);
  });

  it('whose journal cannot be written is held, and changes nothing more', async () => {
    const { end, weights } = await run({
      append:
        (own) =>
        async (...entries) =>
          entries.some(({ type }) => type === 'drained')
            ? fail({ kind: 'director', what: 'the disk is full' })
            : own(...entries),
    });
    expect(end).toMatchObject({ outcome: 'held', exitCode: 7 });
    // On the scale of the ramp, for without a journal nothing is edited.
    expect(weights).toBe('10.0.0.1 0, 10.0.0.2 2, 10.0.0.3 2');
  });
});
