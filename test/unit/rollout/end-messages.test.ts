import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../src/domain/address.ts';
import {
  doneMessage,
  timeoutMessage,
  troubleMessage,
} from '../../../src/rollout/events/end-messages.ts';
import { foldJournal, type JournalEntry } from '../../../src/rollout/state/journal.ts';
import { playFleet } from '../../support/simulated-fleet.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
`;
const trouble = {
  count: 3,
  failure: { kind: 'director', what: 'no answer' },
  sinceMs: 0,
} as unknown as Parameters<typeof troubleMessage>[2];

/** A rollout that was done, up to the entry that `isLast` tells, and without what `isLeftOut` tells. */
async function stateAt(
  isLast: (entry: JournalEntry) => boolean,
  isLeftOut: (entry: JournalEntry) => boolean,
) {
  const { entries } = await playFleet({
    sketch: { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 20_000, everyMs: 10_000 } },
    machines: [{ table }, { table }, { table }],
  });
  const last = entries.findIndex(isLast);
  return foldJournal(entries.slice(0, last + 1).filter((entry) => !isLeftOut(entry)));
}

const isAt =
  (type: 'intended' | 'reached', kind: 'step' | 'retire', director: string, step = 0) =>
  (entry: JournalEntry): boolean =>
    entry.type === type &&
    entry.director === director &&
    entry.milestone.kind === kind &&
    (entry.milestone.kind !== 'step' || entry.milestone.step === step);

describe('the message of a rollout that is done', () => {
  it('says who has the traffic, and of a sync backup that its master has it', async () => {
    const state = await stateAt(
      (entry) => entry.type === 'ended',
      () => false,
    );
    const backups = state.plan.directors.map((one) => ({ ...one, syncBackup: true as const }));
    const lone = { ...state, plan: { ...state.plan, directors: backups } };
    expect(doneMessage(state)).toBe('10.0.0.1:80 drained and removed; 10.0.0.2:80 has the traffic');
    expect(doneMessage(lone)).toBe(
      '10.0.0.1:80 drained and removed; 10.0.0.2:80 has the weight; the traffic is at the master of this sync backup',
    );
  });
});

describe('the message of a rollout that stops in the middle', () => {
  it('says which directors are a step ahead, and where an edit may stand or not', async () => {
    const state = await stateAt(
      isAt('reached', 'step', 'lb3', 1),
      (entry) =>
        isAt('reached', 'step', 'lb2', 1)(entry) || isAt('reached', 'step', 'lb3', 1)(entry),
    );
    expect(troubleMessage(state, 'lb2', trouble)).toMatch(
      /held at step 0 of 2 \(lb1: at step 1 of 2; lb2: at step 0 or 1 of 2; lb3: at step 0 or 1 of 2\)/,
    );
  });

  it('says who has removed the old server already, who has not and who may have', async () => {
    const state = await stateAt(
      isAt('reached', 'retire', 'lb3'),
      (entry) =>
        isAt('reached', 'retire', 'lb2')(entry) ||
        isAt('reached', 'retire', 'lb3')(entry) ||
        isAt('intended', 'retire', 'lb3')(entry),
    );
    expect(troubleMessage(state, 'lb2', trouble)).toMatch(
      /with 10\.0\.0\.1:80 at weight 0 \(lb1: with 10\.0\.0\.1:80 removed; lb2: with 10\.0\.0\.1:80 at weight 0 or removed\)/,
    );
  });
});

describe('the message of a rollout of many servers', () => {
  it('names twenty of them, and how many there are besides', async () => {
    const state = await stateAt(isAt('reached', 'step', 'lb3', 2), () => false);
    const servers = Array.from({ length: 133 }, (_, index) => `10.0.1.${index}:80` as ServerKey);
    const waiting = servers.map((server) => ({ server, connections: 1 }));
    expect(timeoutMessage(state, waiting)).toMatch(
      /^not empty after 10m: 10\.0\.1\.0:80 \(1 connections\), .*10\.0\.1\.19:80 \(1 connections\) and 113 more; at weight 0/,
    );
    const many = { ...state, plan: { ...state.plan, from: servers } };
    expect(doneMessage(many)).toMatch(/^10\.0\.1\.0:80, .* 10\.0\.1\.19:80 and 113 more drained/);
  });
});
