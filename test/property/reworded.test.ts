import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlanFile } from '../../src/config/files/plan-file.ts';
import { OptionReader } from '../../src/config/options/read-values.ts';
import { isRetirement } from '../../src/control/apply/given-plan.ts';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import type { Notice } from '../../src/domain/events/notice.ts';
import type { Failure } from '../../src/domain/failure.ts';
import { noHostFacts } from '../../src/domain/ipvs/host-facts.ts';
import { examineUnusable } from '../../src/planner/diagnose/examine-unusable.ts';
import { failureCommand } from '../../src/reporters/github/workflow-command.ts';
import { LiveBoard } from '../../src/reporters/live/live-board.ts';
import { createNoticeReporter } from '../../src/reporters/notices/notice-reporter.ts';
import { createPlainReporter } from '../../src/reporters/plain-reporter.ts';
import type { StopRequest } from '../../src/rollout/ports.ts';
import type { ControlRequest } from '../../src/rollout/requests.ts';
import {
  anyWords,
  type Reword,
  reworded,
  rewordedGate,
  withoutSentences,
} from '../support/reworded.ts';
import { type GateScript, scriptedGate } from '../support/scripted-gate.ts';
import { playRollout, type RequestSketch } from '../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
`;

/** What happens to a rollout of a minute after so many seconds. */
interface Story {
  readonly policy?: RequestSketch['policy'];
  readonly gate?: GateScript;
  readonly stop?: readonly [second: number, StopRequest];
  readonly asks?: readonly (readonly [second: number, ControlRequest])[];
  /** ipvsadm fails from this second on. */
  readonly failsFromS?: number;
  /** Somebody else edits the table. */
  readonly edit?: readonly [second: number, args: readonly string[]];
  readonly resumes?: boolean;
  readonly ends: readonly string[];
}

const failing: GateScript = { passes: ({ about }) => about.step < 4 };
const rollback = { kind: 'rollback' } as const;
const stories: readonly (readonly [string, Story])[] = [
  ['that is left alone', { ends: ['done 0'] }],
  ['whose gate fails and which goes back', { gate: failing, ends: ['rolled-back 5'] }],
  [
    'whose gate fails and which is held',
    { gate: failing, policy: { onFailure: 'hold' }, ends: ['held 5'] },
  ],
  [
    'that is interrupted and resumed',
    {
      stop: [20, { signal: 'sigint', again: false }],
      resumes: true,
      ends: ['held 130', 'done 0'],
    },
  ],
  [
    'that is terminated and goes back',
    {
      stop: [20, { signal: 'sigterm', again: false }],
      policy: { onInterrupt: 'rollback' },
      ends: ['rolled-back 143'],
    },
  ],
  ['that is asked to go back', { asks: [[20, rollback]], ends: ['rolled-back 5'] }],
  [
    'that is paused, continued and goes slowly back',
    {
      asks: [
        [10, { kind: 'pause' }],
        [20, { kind: 'continue' }],
        [30, { ...rollback, pace: { overMs: 10_000, everyMs: 1_000 } }],
      ],
      ends: ['rolled-back 5'],
    },
  ],
  ['whose director fails', { failsFromS: 20, resumes: true, ends: ['held 7', 'done 0'] }],
  [
    'whose table somebody else edits',
    {
      edit: [22, ['-e', '-t', '10.0.0.100:80', '-r', '10.0.0.1:80', '-m', '-w', '77']],
      ends: ['held 6'],
    },
  ],
];

/** The rollout, with every sentence that the engine hears replaced. */
async function played(story: Story, reword?: Reword) {
  const { policy = {}, gate, stop, asks = [], failsFromS, edit } = story;
  let fails = false;
  const faults = () =>
    fails
      ? ({ kind: 'exited', exitCode: 1, stdout: '', stderr: 'out of memory' } as const)
      : undefined;
  const { events, end, resume } = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', policy },
    { table, seed: 1, faults, ...(reword ? { reword } : {}) },
    (sim, stopAt, ask) => {
      const at = (second: number, work: () => void) =>
        sim.at(sim.clock.nowMs() + 1_000 * second, work);
      if (stop) at(stop[0], () => stopAt(stop[1]));
      for (const [second, request] of asks) at(second, () => ask(request));
      if (edit) at(edit[0], () => void sim.ipvsadm(edit[1]));
      if (failsFromS !== undefined) {
        at(failsFromS, () => {
          fails = true;
        });
      }
    },
    (clock) => {
      const scripted = gate ? [scriptedGate(clock, gate)] : [];
      return reword
        ? scripted.map((one) => ({ ...one, gate: rewordedGate(one.gate, reword) }))
        : scripted;
    },
  );
  fails = false;
  const ends = [end, ...(story.resumes ? [await resume()] : [])];
  return { events, ends };
}

/** What is sent of these events, and when. */
function noticesOf(events: readonly DrainEvent[]): readonly Notice[] {
  const notices: Notice[] = [];
  const reporter = createNoticeReporter({
    host: 'lb1',
    send: (notice) => void notices.push(notice),
    close: async () => {},
  });
  reporter.opened?.('test');
  for (const event of events) reporter.event(event);
  return notices;
}

/** The board after these events, and how many lines a log has of them. */
function shown(events: readonly DrainEvent[]): object {
  const board = new LiveBoard();
  let lines = 0;
  const reporter = createPlainReporter({ write: () => void lines++ });
  for (const event of events) {
    board.add(event);
    reporter.event(event);
  }
  return { ...board, lines };
}

const told = (notices: readonly Notice[]) =>
  withoutSentences(notices).map(({ text: _, ...notice }) => notice);

describe('a rollout', () => {
  it.each(stories)('%s does the same whatever words it hears', async (_, story) => {
    const before = await played(story);
    expect(before.ends.map(({ outcome, exitCode }) => `${outcome} ${exitCode}`)).toEqual(
      story.ends,
    );
    await fc.assert(
      fc.asyncProperty(anyWords, async (reword) => {
        const after = await played(story, reword);
        expect(withoutSentences(after)).toEqual(withoutSentences(before));
      }),
      { numRuns: 5 },
    );
  });

  it.each(stories)('%s is told of and shown alike whatever its events say', async (_, story) => {
    const { events } = await played(story);
    fc.assert(
      fc.property(anyWords, (reword) => {
        const otherwise = reworded(events, reword);
        expect(told(noticesOf(otherwise))).toEqual(told(noticesOf(events)));
        expect(shown(otherwise)).toEqual(shown(events));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the options of a plan file', () => {
  it.each([
    ['retire a server', '{from: 10.0.0.1}', true],
    ['hand over', '{from: 10.0.0.1, to: 10.0.0.2}', false],
  ])('%s whatever words say where they stand', (_, text, expected) => {
    const [given] = unwrapped(parsePlanFile(text, 'plan.yaml'));
    fc.assert(
      fc.property(anyWords, (reword) => {
        const options = new Map([...given].map(([name, one]) => [name, reworded(one, reword)]));
        expect(isRetirement(options)).toBe(expected);
        const typed = new Map(
          [...options].map(([name, one]) => [name, { ...one, layer: 'command-line' as const }]),
        );
        expect(isRetirement(typed)).toBe(false);
      }),
    );
  });

  it('are of one hand or of two whatever words say where they stand', () => {
    const text = '{from: a, to: b, over: 5m, every: 1s}';
    const [given] = unwrapped(parsePlanFile(text, 'plan.yaml'));
    fc.assert(
      fc.property(anyWords, (reword) => {
        const options = new Map([...given].map(([name, one]) => [name, reworded(one, reword)]));
        expect(new OptionReader(options).together('over', 'every')).toBe(true);
        const over = { values: ['1m'], layer: 'command-line', where: reword('--over') } as const;
        expect(new OptionReader(options.set('over', over)).together('over', 'every')).toBe(false);
      }),
    );
  });
});

describe('a failure', () => {
  const failure: Failure = {
    kind: 'preflight',
    what: 'ipvsadm: Protocol not available',
    where: 'plan.yaml:3:7',
    place: { file: 'plan.yaml', line: 3, column: 7 },
    next: 'load it',
    code: 'no-ip-vs',
  };
  const facts = { ...noHostFacts, kernelRelease: '6.1.0' };

  it.each([failure, { ...failure, place: undefined, code: undefined }])(
    'leads to the same findings and annotation whatever its words, %#',
    (one) => {
      const codes = (of: Failure) => examineUnusable(of, facts).map(({ code }) => code);
      const place = (of: Failure) => failureCommand(of, (file) => file).split('::')[1];
      fc.assert(
        fc.property(anyWords, (reword) => {
          const otherwise = reworded(one, reword);
          expect(codes(otherwise)).toEqual(codes(one));
          expect(place(otherwise)).toBe(place(one));
        }),
      );
    },
  );
});

function unwrapped<T>(
  result: { readonly ok: true; readonly value: readonly T[] } | { readonly ok: false },
): readonly [T] {
  const first = result.ok ? result.value[0] : undefined;
  if (first === undefined) throw new Error('no plan');
  return [first];
}
