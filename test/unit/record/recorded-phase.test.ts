import { expect, it } from 'vitest';
import { recordedPhase } from '../../../src/record/rollout-record.ts';

it('a phase keeps the name that /state, the metrics and drain status have always had for it', () => {
  const phases = [
    { kind: 'ramping' },
    { kind: 'draining', sinceMs: 1 },
    { kind: 'rolling-back', cause: 'asked', reason: 'asked to', exitCode: 5 },
  ] as const;
  expect(phases.map(recordedPhase)).toEqual(['ramping', 'draining', 'returning']);
});
