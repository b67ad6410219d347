import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollbackCauses } from '../../../src/domain/events/event.ts';
import {
  entryWords,
  formatEntry,
  milestoneWords,
  parseJournal,
} from '../../../src/store/journal-schema.ts';
import { journalEntries } from '../../support/journal-entries.ts';

/** The words of journals: none of them changes, and `accepted` and `rescaled` were not there in 0.1.0. */
const entryWordsOnDisk = [
  ...['opened', 'intended', 'reached', 'drained', 'undrained', 'bystander-changed'],
  ...['director-lost', 'director-reset', 'director-regained', 'turned-back'],
  ...['resumed', 'paused', 'continued', 'ended', 'accepted', 'rescaled', 'promoted'],
  ...['step-inserted', 'setting-borrowed', 'setting-returned'],
];
const milestoneWordsOnDisk = ['step', 'retire', 'back', 'return', 'base-scale'];

const [{ plan: planOfOne }] = journalEntries('r1', 1);
const [one] = planOfOne.directors;
const [service] = one?.services ?? [];
if (!one || !service) throw new Error('no plan');
const directors = ['lb1', 'lb2'];
const plan = { ...planOfOne, directors: directors.map((director) => ({ ...one, director })) };
const access = directors.map((director) => ({ director, where: 'local', ipvsadm: 'ipvsadm' }));
const head = { v: 1, atMs: 1 };
const opened = { ...head, type: 'opened', rollout: 'r1', plan, access, startAtMs: 2 };
const ramp = {
  schedule: [
    { atMs: 0, fraction: 1 },
    { atMs: 1_000, fraction: 0 },
  ],
  directors: directors.map((director) => ({
    director,
    services: [{ service: service.service, steps: [1, 2].map(() => service.servers.map(() => 4)) }],
  })),
};
const cause = 'asked';
const turnedBack = { ...head, type: 'turned-back', cause, reason: 'asked to', exitCode: 0, ramp };

const text = fc.string({ maxLength: 40 });
const ms = fc.nat();
const director = fc.constantFrom(...directors);
const server = fc.constantFrom(...service.servers);
const subject = { service: fc.constant(service.service), server };
const type = <T extends string | number>(...words: readonly T[]) => fc.constantFrom(...words);

const actor = fc.record(
  { user: text, host: text, run: text, program: text, reason: text },
  { requiredKeys: ['user', 'host'] },
);

/** What a journal says of a step, a retirement or the way back, key by key in the order of its lines. */
const milestone = fc.oneof(
  fc.record({ kind: type('step'), step: fc.nat(plan.schedule.length - 1) }),
  fc.record({
    kind: type('retire'),
    service: subject.service,
    servers: fc.uniqueArray(server),
    last: fc.boolean(),
  }),
  fc.record({ kind: type('back'), step: fc.nat(1) }),
  fc.record({ kind: type('return') }),
  fc.record({
    kind: type('base-scale'),
    services: fc.constant([
      { service: service.service, weights: service.servers.map((_, index) => index + 1) },
    ]),
  }),
);
const line = fc.oneof(
  fc.record({
    v: fc.constant(1),
    atMs: ms,
    type: type('intended', 'reached'),
    director,
    milestone,
  }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('drained', 'undrained'), ...subject }),
  fc.record({
    ...{ v: fc.constant(1), atMs: ms, type: type('bystander-changed'), director, ...subject },
    weight: fc.option(fc.nat()),
  }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('resumed', 'continued'), startAtMs: ms }),
  fc.record({
    ...{ v: fc.constant(1), atMs: ms, type: type('resumed'), startAtMs: ms },
    terms: fc.record(
      { drainTimeoutMs: ms, settleMs: ms, onTimeout: type('hold', 'remove', 'rollback') },
      { requiredKeys: [] },
    ),
    access: fc.constant(access),
  }),
  fc.record({
    ...{ v: fc.constant(1), atMs: ms, type: type('accepted'), director },
    service: subject.service,
    weights: fc.array(fc.tuple(server, fc.option(fc.nat())), { maxLength: 3 }),
  }),
  fc.integer({ min: 1, max: plan.schedule.length - 1 }).map((fromStep) => ({
    ...{ v: 1, atMs: 1, type: 'rescaled', director: directors[0], service: service.service },
    ...{ fromStep, scale: service.scale },
    steps: plan.schedule.slice(fromStep).map(() => service.servers.map(() => 3)),
  })),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('promoted') }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('promoted'), actor }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('continued'), startAtMs: ms, actor }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('paused'), reason: text, actor }),
  fc.record({
    ...{ v: fc.constant(1), atMs: ms, type: type('setting-borrowed'), director },
    before: type(0, 1),
  }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('setting-returned'), director }),
  fc.record({ v: fc.constant(1), atMs: ms, type: type('paused'), reason: text }),
  fc.record({
    v: fc.constant(1),
    atMs: ms,
    type: type('paused'),
    reason: text,
    manualStep: fc.nat(),
  }),
  fc.record({
    v: fc.constant(1),
    atMs: ms,
    type: type('turned-back'),
    cause: type(...rollbackCauses),
    reason: text,
    exitCode: fc.nat(255),
  }),
  fc.record({
    ...{ v: fc.constant(1), atMs: ms, type: type('ended') },
    outcome: type('done', 'held', 'rolled-back', 'refused', 'failed'),
    ...{ exitCode: fc.nat(255), message: text },
  }),
);
/** A step between two; behind it others have other numbers, so it comes last here. */
const inserted = {
  ...{ ...head, type: 'step-inserted', step: 1, dueMs: 1 },
  fraction: (plan.schedule[1]?.fraction ?? 0) / 2,
  services: directors.map((name) => ({
    ...{ director: name, service: service.service, weights: service.servers.map(() => 4) },
  })),
};
/** A director is lost, has its table from before perhaps, and comes back. */
const lost = fc
  .tuple(director, text, fc.boolean())
  .map(([name, reason, isReset]) => [
    { ...head, type: 'director-lost', director: name, reason },
    ...(isReset ? [{ ...head, type: 'director-reset', director: name }] : []),
    { ...head, type: 'director-regained', director: name },
  ]);
const journal = fc
  .array(
    fc.oneof(
      line.map((entry) => [entry]),
      lost,
    ),
    { maxLength: 30 },
  )
  .map((parts) =>
    [opened, turnedBack, ...parts.flat(), inserted].map((entry) => JSON.stringify(entry)),
  );

const read = (lines: readonly string[]) => {
  const parsed = parseJournal(lines.map((entry) => `${entry}\n`).join(''), 'j');
  if (!parsed.ok) throw new Error(parsed.failure.what);
  return parsed.value.entries;
};

describe('the words of a journal', () => {
  it('are those that journals have always had, whatever the engine calls them', () => {
    expect(Object.values(entryWords).sort()).toEqual([...entryWordsOnDisk].sort());
    expect(Object.values(milestoneWords).sort()).toEqual([...milestoneWordsOnDisk].sort());
  });

  it('are read and written again as they were', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(journal, (lines) => {
        const kept = lines.map((entry) => JSON.parse(entry));
        expect(read(lines).map((entry) => JSON.parse(formatEntry(entry)))).toEqual(kept);
        for (const { type: word } of kept) seen.add(word);
      }),
      { numRuns: 200 },
    );
    expect([...seen].sort()).toEqual([...entryWordsOnDisk].sort());
  });

  it('are all that changes when an entry is written, byte by byte', () =>
    fc.assert(
      fc.property(journal, (lines) => {
        for (const entry of read(lines)) {
          const words = JSON.parse(JSON.stringify(entry), (key, value) => {
            if (key === 'type') return entryWords[entry.type];
            return key === 'milestone'
              ? { ...value, kind: milestoneWords[value.kind as keyof typeof milestoneWords] }
              : value;
          });
          if (entry.type !== 'opened') expect(formatEntry(entry)).toBe(JSON.stringify(words));
        }
      }),
      { numRuns: 50 },
    ));

  it('mean in memory what they meant when they were written', () =>
    fc.assert(
      fc.property(journal, (lines) => {
        const entries = read(lines);
        expect(read(entries.map(formatEntry))).toEqual(entries);
        const kept = lines.map((entry) => JSON.parse(entry).type);
        expect(entries.map((entry) => entryWords[entry.type])).toEqual(kept);
      }),
      { numRuns: 50 },
    ));
});
