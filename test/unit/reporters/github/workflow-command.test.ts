import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atPlace } from '../../../../src/domain/failure.ts';
import {
  failureCommand,
  workflowCommand,
} from '../../../../src/reporters/github/workflow-command.ts';
import { readCommands } from '../../../support/github/runner-reads.ts';

const asIs = (file: string): string => file;
const failure = { kind: 'usage', what: 'no' } as const;

/** Without the older form, which is made visible. */
const anyText = fc
  .array(fc.constantFrom('::', ':', ',', '=', '%', '%0A', '\n', '\r', ' ', '#', '[', ']', 'a', '→'))
  .map((parts) => parts.join(''))
  .filter((text) => !text.includes('##['));

describe('a workflow command', () => {
  it('is read by the runner as it was meant, whatever it holds', () => {
    fc.assert(
      fc.property(anyText, anyText, (message, title) => {
        const line = workflowCommand('warning', message, { title, file: 'a,b:c.yaml' });
        expect(line.indexOf('\n')).toBe(line.length - 1);
        // The runner trims nothing of a value but what stands around the whole list.
        expect(readCommands(line)).toEqual([
          { command: 'warning', message, properties: { title, file: 'a,b:c.yaml' } },
        ]);
      }),
    );
  });

  it('holds no command of the older form', () => {
    expect(workflowCommand('group', 'x ##[add-mask]y')).toBe('::group::x ##\\[add-mask]y\n');
  });
});

describe('a failure as an annotation', () => {
  it.each([
    ['plan.yaml', 3, 7],
    ['plan.yaml', 12, 1],
    ['a: b,c/plan:1.yaml', 3, 7],
  ])('stands at its place in %s, whatever words name the place', (file, line, column) => {
    const place = { file, line, column };
    for (const where of [atPlace(place, 'over').where, 'in the third line, --over']) {
      const [read] = readCommands(failureCommand({ ...failure, where, place }, asIs));
      expect(read).toEqual({
        command: 'error',
        message: 'no',
        properties: { title: 'drain', file, line: String(line), col: String(column) },
      });
    }
  });

  it.each([
    '--over',
    'tcp/10.0.0.100:80',
    'tcp/[2001:db8::1]:80',
    'plan.yaml',
    'plan.yaml:3:7, over',
    'sim:plans/sim-blue-green.yaml',
  ])('stands in no file with %s, and says it', (where) => {
    const [read] = readCommands(failureCommand({ ...failure, where, next: 'try again' }, asIs));
    expect(read?.properties).toEqual({ title: 'drain' });
    expect(read?.message).toBe(`no\nwhere: ${where}\nnext: try again`);
  });

  it('shows control characters instead of obeying them', () => {
    const [read] = readCommands(
      failureCommand({ ...failure, what: 'a\n::error::b\u001b[31m' }, asIs),
    );
    expect(read?.message).toBe('a\\x0a::error::b\\x1b[31m');
  });
});
