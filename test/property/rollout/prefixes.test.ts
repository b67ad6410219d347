import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { foldJournal, type JournalEntry } from '../../../src/rollout/state/journal.ts';
import { formatEntry, parseJournal } from '../../../src/store/journal-schema.ts';
import type { Resuming } from '../../support/conduct-rollout.ts';
import {
  continueFrom,
  type Recording,
  type RecordingScript,
  recordRollout,
} from '../../support/recorded-rollout.ts';
import { target } from '../../support/simulated-ipvs.ts';

const web = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4 -x 500 -y 400
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 3
`;
const dns = `-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
`;
const sketch = { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 6_000, everyMs: 1_000 } };
const back = { back: 'at-once' } as const;
const slowlyBack = { back: { overMs: 4_000, everyMs: 1_000 } } as const;
const endless = {
  service: 'tcp/10.0.0.100:80' as never,
  target,
  perSecond: 2,
  arrivals: 'even',
  lifeMs: 9_000_000,
  endings: [{ ending: 'client-fin', share: 1 }],
  clients: 50,
  portsPerClient: 20_000,
  packetEveryMs: 500,
} as const;

/** How each rollout was played, and how it was over. */
const scripts: Readonly<Record<string, RecordingScript & { readonly outcome: string }>> = {
  done: { sketch, simulation: { table: web }, outcome: 'done' },
  'of two services whose schedulers come back': {
    sketch: { ...sketch, setScheduler: 'wrr', restoreScheduler: true },
    simulation: { table: web.replace('wrr', 'wlc') + dns.replace('wrr', 'mh -b mh-port') },
    outcome: 'done',
  },
  'rolled back in the middle': {
    sketch,
    simulation: { table: web },
    events: [{ atMs: 3_500, ask: { kind: 'rollback' } }],
    outcome: 'rolled-back',
  },
  'rolled back as a ramp': {
    sketch,
    simulation: { table: web + dns },
    events: [{ atMs: 4_500, interrupt: true }],
    resumes: [slowlyBack],
    outcome: 'rolled-back',
  },
  'paused and continued': {
    sketch,
    simulation: { table: web },
    events: [
      { atMs: 2_500, ask: { kind: 'pause' } },
      { atMs: 9_000, ask: { kind: 'continue' } },
    ],
    outcome: 'done',
  },
  'timed out and held': {
    sketch: { ...sketch, policy: { drainTimeoutMs: 4_000, settleMs: 1_000 } },
    simulation: { table: web, traffic: [endless] },
    outcome: 'held',
  },
  'timed out and rolled back': {
    sketch: {
      ...sketch,
      policy: { drainTimeoutMs: 4_000, settleMs: 1_000, onTimeout: 'rollback' },
    },
    simulation: { table: web, traffic: [endless] },
    outcome: 'rolled-back',
  },
  'with servers kept': {
    sketch: { ...sketch, policy: { keep: true } },
    simulation: { table: web },
    outcome: 'done',
  },
  'interrupted and resumed twice': {
    sketch,
    simulation: { table: web },
    events: [
      { atMs: 2_500, interrupt: true },
      { atMs: 11_500, interrupt: true },
    ],
    resumes: ['forward', 'forward'],
    outcome: 'done',
  },
  'held by a conflict': {
    sketch,
    simulation: { table: web },
    events: [{ atMs: 3_500, edit: '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 77' }],
    outcome: 'held',
  },
};

const names = Object.keys(scripts);
const recordings = new Map<string, Recording>();
const recorded = (name: string): Recording => {
  const recording = recordings.get(name);
  if (!recording) throw new Error(`no recording ${name}`);
  return recording;
};
/** What the same request ends with when nothing happens on the way. */
const undisturbed = new Map<string, string>();

beforeAll(async () => {
  for (const [name, script] of Object.entries(scripts)) {
    recordings.set(name, await recordRollout(script));
    const { table = '' } = script.simulation;
    const calm = await recordRollout({ sketch: script.sketch, simulation: { table } });
    undisturbed.set(name, calm.after);
  }
}, 60_000);

const hasEdit = (name: string): boolean => (scripts[name]?.events ?? []).some(({ edit }) => edit);
const asFile = (entries: readonly JournalEntry[]): string =>
  entries.map((entry) => `${formatEntry(entry)}\n`).join('');

describe.each(names)('a rollout %s', (name) => {
  it('ended as it was meant to, or this proves nothing', () => {
    const { end, entries } = recorded(name);
    expect(end.outcome).toBe(scripts[name]?.outcome);
    expect(entries.length).toBeGreaterThan(9);
  });

  it.each([
    ['on', 'forward'],
    ['back', back],
    ['slowly back', slowlyBack],
  ] satisfies [string, Resuming][])(
    'that is cut off after any entry goes %s to the end',
    async (_, direction) => {
      const { entries, tables, before } = recorded(name);
      for (let length = 1; length <= entries.length; length++) {
        const prefix = entries.slice(0, length);
        const state = foldJournal(prefix);
        const last = prefix.at(-1);
        // An intent may have taken effect before the cut, or not.
        const found = last?.type === 'intended' ? [length - 1, length] : [length - 1];
        for (const moment of found) {
          const what = `${length} entries, table ${moment}`;
          const run = await continueFrom(prefix, tables[moment] ?? '', direction);
          expect(run.lowestTotal, what).toBeGreaterThan(0);
          if (run.end.exitCode === 6 && hasEdit(name)) continue;
          const returns = direction !== 'forward' || state.phase.kind === 'rolling-back';
          expect(run.end.outcome, what).toBe(returns ? 'rolled-back' : 'done');
          expect(run.after, what).toBe(returns ? before : undisturbed.get(name));
          expect(parseJournal(asFile([...prefix, ...run.entries]), 'j').ok, what).toBe(true);
        }
      }
    },
  );
});

const oneOf = fc.constantFrom(...names);

describe('a journal', () => {
  it('that is found beside a table of another moment ends, and leaves no service without weight', () =>
    fc.assert(
      fc.asyncProperty(
        oneOf,
        fc.nat(),
        fc.nat(),
        fc.constantFrom<Resuming>('forward', back, slowlyBack),
        async (name, cut, moment, direction) => {
          const { entries, tables } = recorded(name);
          const prefix = entries.slice(0, 1 + (cut % entries.length));
          const table = tables[moment % tables.length] ?? '';
          const { end, lowestTotal } = await continueFrom(prefix, table, direction);
          expect(['done', 'rolled-back', 'held']).toContain(end.outcome);
          expect(lowestTotal).toBeGreaterThan(0);
        },
      ),
      { numRuns: 100 },
    ));

  it('that was pieced together from several is refused, or leads to an end', () =>
    fc.assert(
      fc.asyncProperty(
        oneOf,
        fc.nat(),
        fc.array(fc.tuple(oneOf, fc.nat(), fc.nat(20)), { maxLength: 4 }),
        fc.constantFrom<Resuming>('forward', back, slowlyBack),
        async (name, cut, pieces, direction) => {
          const { entries, tables } = recorded(name);
          const moment = cut % entries.length;
          const others = pieces.flatMap(([other, from, length]) => {
            const [, ...rest] = recorded(other).entries;
            return rest.slice(from % rest.length).slice(0, length);
          });
          const read = parseJournal(asFile([...entries.slice(0, 1 + moment), ...others]), 'j');
          if (!read.ok) {
            expect(read.failure.where).toMatch(/^j:\d+$/);
            return;
          }
          const { end } = await continueFrom(read.value.entries, tables[moment] ?? '', direction);
          expect(['done', 'rolled-back', 'held']).toContain(end.outcome);
        },
      ),
      { numRuns: 100 },
    ));
});

describe('an entry that the plan knows nothing of', () => {
  const v = 1;
  const atMs = 1;
  const service = 'tcp/10.0.0.100:80';
  const step = { kind: 'step', step: 1 };
  it.each([
    ['director', { type: 'intended', director: 'lb9', milestone: step }, /no director lb9/],
    ['step', { type: 'reached', director: 'sim', milestone: { ...step, step: 7 } }, /no step 7/],
    [
      'step back',
      { type: 'reached', director: 'sim', milestone: { kind: 'back', step: 0 } },
      /no step 0 on the way back/,
    ],
    ['service', { type: 'drained', service: 'fwm/7', server: '10.0.0.1:80' }, /no service fwm\/7/],
    ['server', { type: 'drained', service, server: '10.0.0.9:80' }, /no server 10\.0\.0\.9:80/],
    [
      'server to retire',
      {
        type: 'reached',
        director: 'sim',
        milestone: { kind: 'retire', service, servers: ['10.0.0.9:80'], last: true },
      },
      /no server 10\.0\.0\.9:80/,
    ],
    [
      'way back',
      {
        type: 'turned-back',
        reason: '',
        exitCode: 0,
        ramp: {
          schedule: [
            { atMs: 0, fraction: 1 },
            { atMs: 9, fraction: 0 },
          ],
          directors: [],
        },
      },
      /way back does not fit/,
    ],
  ])('%s is refused with its line', (_, entry, says) => {
    const [opened] = recorded('done').entries;
    const read = parseJournal(
      `${JSON.stringify(opened)}\n${JSON.stringify({ v, atMs, ...entry })}\n`,
      'j',
    );
    if (read.ok) throw new Error('it was read');
    expect(read.failure.where).toBe('j:2');
    expect(read.failure.what).toMatch(says);
  });
});
