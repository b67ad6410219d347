import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outputLines } from '../../../../src/reporters/github/output-lines.ts';
import { readOutputs } from '../../../support/github/runner-reads.ts';

const text = fc
  .array(fc.constantFrom('\n', '<<', 'EOF', 'rollout', '=', 'outcome=done', 'drain_', ' '))
  .map((parts) => parts.join(''));

describe('the outputs of a step', () => {
  it('are what they were meant to be, and no more, whatever a value holds', () => {
    fc.assert(
      fc.property(text, text, (rollout, report) => {
        const outputs = { rollout, report };
        expect(readOutputs(outputLines(outputs, 'drain_0123456789abcdef'))).toEqual(outputs);
      }),
    );
  });
});
