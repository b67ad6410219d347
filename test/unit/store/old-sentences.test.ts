import { describe, expect, it } from 'vitest';
import { foldJournal } from '../../../src/rollout/state/journal.ts';
import { parseJournal } from '../../../src/store/journal-schema.ts';
import { oldLayer } from '../../../src/store/old-sentences.ts';
import { parseTrace } from '../../../src/store/trace-schema.ts';
import { journalEntries } from '../../support/journal-entries.ts';

/** The phase of a rollout whose journal ends with this entry of a rollback. */
function phaseAfter(rollback: object): object {
  const entries = [...journalEntries('r1'), { v: 1, atMs: 9, type: 'turned-back', ...rollback }];
  const read = parseJournal(entries.map((one) => `${JSON.stringify(one)}\n`).join(''), 'r1.jsonl');
  if (!read.ok) throw new Error(read.failure.what);
  return foldJournal(read.value.entries).phase;
}

describe('an option of drain around that has no layer yet', () => {
  it.each([
    ['--out-over', { layer: 'command-line' }],
    ['drain.yaml:3:1, settle', { layer: 'config-file', section: 'drain.yaml' }],
  ])('has that of %s', (where, layer) => {
    expect(oldLayer(where)).toEqual(layer);
  });
});

const traced = { v: 1, at: '2026-11-23T14:15:30.042Z', rollout: 'r1' } as const;

describe('a trace that has no tags yet', () => {
  it.each([
    [{ type: 'gate-passed', gate: 'check tcp 10.0.0.2:80' }, { gateKind: 'check' }],
    [{ type: 'gate-failed', gate: 'gate-command ./smoke.sh' }, { gateKind: 'command' }],
    [{ type: 'gate-failed', gate: 'gate-http http://x/ (at step 3)' }, { gateKind: 'http' }],
    [{ type: 'gate-passed', gate: 'gate-prometheus http://x/#q<=1' }, { gateKind: 'prometheus' }],
    [{ type: 'gate-passed', gate: 'ipvs' }, { gateKind: 'ipvs' }],
    [{ type: 'rollback-started', reason: 'asked to' }, { cause: 'asked' }],
    [{ type: 'rollback-started', reason: 'SIGTERM' }, { cause: 'sigterm' }],
    [
      { type: 'rollback-started', reason: 'gate ipvs failed after the last step' },
      { cause: 'gate' },
    ],
    [{ type: 'continued', reason: 'resumed at step 3 of 20' }, { cause: 'resumed' }],
    [{ type: 'continued', reason: 'asked to' }, { cause: 'asked' }],
    [{ type: 'gate-passed', gate: 'ipvs', gateKind: 'check' }, {}],
    [{ type: 'quiesced', server: '10.0.0.1:80' }, {}],
  ])('in which %j has the tags %j', (body, tags) => {
    const event = { ...traced, ...body };
    const line = JSON.stringify({ type: 'event', event });
    expect(parseTrace(`${line}\n`)).toEqual([{ type: 'event', event: { ...event, ...tags } }]);
  });
});

describe('a journal that has no tags yet', () => {
  it.each([
    [{ reason: 'asked to', exitCode: 5 }, 'asked'],
    [{ reason: 'asked to', exitCode: 0 }, 'asked'],
    [{ reason: 'SIGINT', exitCode: 130 }, 'sigint'],
    [{ reason: 'SIGTERM', exitCode: 143 }, 'sigterm'],
    [{ reason: 'gate check tcp 10.0.0.2:80 failed before step 1 of 12: 503', exitCode: 5 }, 'gate'],
    [{ reason: 'not empty after 10m', exitCode: 4 }, 'drain-timeout'],
    [{ reason: 'director lb2 cannot be reached: timed out', exitCode: 7 }, 'director'],
  ])('of which %j stands for the cause %s', (rollback, cause) => {
    expect(phaseAfter(rollback)).toMatchObject({ kind: 'rolling-back', cause, ...rollback });
  });

  it('is read by its words only where there is no tag', () => {
    const tagged = { cause: 'gate', reason: 'asked to', exitCode: 5 };
    expect(phaseAfter(tagged)).toMatchObject({ kind: 'rolling-back', cause: 'gate' });
  });
});
