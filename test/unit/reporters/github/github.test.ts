import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DrainEvent, Outcome } from '../../../../src/domain/events/event.ts';
import type { RolloutRecord } from '../../../../src/record/rollout-record.ts';
import { createGitHub, type GitHub } from '../../../../src/reporters/github/github.ts';
import { withFolder } from '../../../support/drain-command.ts';
import { readCommands, readOutputs } from '../../../support/github/runner-reads.ts';
import { plan } from '../builders.ts';

interface Job {
  readonly github: GitHub;
  readonly summaryFile: string;
  outputs(): Promise<Readonly<Record<string, string>>>;
  summary(): Promise<string>;
  /** What was written to stderr. */
  said(): string;
}

const withJob = (use: (job: Job) => Promise<void>, env: Record<string, string> = {}) =>
  withFolder(async (folder) => {
    const [outputFile, summaryFile] = [join(folder, 'output'), join(folder, 'summary')];
    for (const file of [outputFile, summaryFile]) await writeFile(file, '');
    let said = '';
    const err = {
      write(text: string) {
        said += text;
      },
    };
    const files = { GITHUB_OUTPUT: outputFile, GITHUB_STEP_SUMMARY: summaryFile };
    await use({
      github: createGitHub({ env: { ...files, ...env }, out: { write() {} }, err }),
      summaryFile,
      outputs: async () => readOutputs(await readFile(outputFile, 'utf8')),
      summary: () => readFile(summaryFile, 'utf8'),
      said: () => said,
    });
  });

const finished = (rollout: string, outcome: Outcome, exitCode: number, atMs: number) =>
  ({
    ...({ v: 1, type: 'finished', message: 'over' } as const),
    ...{ at: new Date(atMs).toISOString(), rollout, outcome, exitCode },
  }) satisfies DrainEvent;
const held = (rollout: string, atMs: number) =>
  ({
    ...({ v: 1, type: 'held', reason: 'asked to' } as const),
    ...{ at: new Date(atMs).toISOString(), rollout },
  }) satisfies DrainEvent;
const record: RolloutRecord = {
  rollout: 'one',
  plan: {
    ...{ from: ['10.0.0.1:80'], to: ['10.0.0.2:80'], overMs: 0, everyMs: 0 },
    ...{ schedule: [], directors: [] },
    policy: {
      ...{ drainTimeoutMs: 0, settleMs: 0, pollMs: 1_000, keep: false },
      ...({ onTimeout: 'hold', onFailure: 'hold', onInterrupt: 'hold' } as const),
    },
  },
  access: [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }],
  ...{ startedAtMs: 0, untilMs: 0, phase: 'draining', paused: false, due: {} },
  ...{ spans: [], steps: [], services: [], gates: [], events: [] },
};
const wrong = { kind: 'usage', what: 'no such file', where: 'b.yaml' } as const;

describe('the outputs of a job', () => {
  it('have the rollout as soon as it has a journal, and the rest at the end', () =>
    withJob(async ({ github, outputs, summary }) => {
      const listener = github.listener({ toStderr: false });
      listener.opened?.('one');
      expect(await outputs()).toEqual({ rollout: 'one' });
      listener.event(held('one', 1_000));
      listener.event(finished('one', 'held', 4, 62_500));
      github.showRecord(record, '/tmp/{rollout}.html');
      github.ended(4);
      expect(await outputs()).toEqual({
        ...{ rollout: 'one', outcome: 'held', 'exit-code': '4' },
        ...{ seconds: '61.5', report: '/tmp/one.html' },
      });
      expect(await summary()).toContain('The report is `/tmp/one.html`.');
    }));

  it('of several rollouts are those of the last one that began', () =>
    withJob(async ({ github, outputs, summary }) => {
      for (const [rollout, outcome] of [
        ['one', 'done'],
        ['two', 'rolled-back'],
      ] as const) {
        const listener = github.listener({ toStderr: false });
        listener.opened?.(rollout);
        listener.event(finished(rollout, outcome, 5, 0));
      }
      github.ended(5);
      expect(await outputs()).toMatchObject({ rollout: 'two', outcome: 'rolled-back' });
      expect(await summary()).toBe('');
    }));

  it('say that the next one of a file was refused, though the one before was done', () =>
    withJob(async ({ github, outputs, summary }) => {
      const listener = github.listener({ toStderr: false });
      listener.opened?.('one');
      listener.event(finished('one', 'done', 0, 0));
      github.failures([wrong]);
      github.ended(2);
      expect(await outputs()).toMatchObject({ rollout: 'one', outcome: 'refused' });
      expect(await summary()).toContain('no such file (`b.yaml`)');
    }));
});

describe('a file of the job that cannot be written', () => {
  it('is one warning, and ends nothing', () =>
    withJob(
      async ({ github, said }) => {
        const listener = github.listener({ toStderr: false });
        listener.opened?.('one');
        listener.event(finished('one', 'done', 0, 0));
        github.ended(0);
        expect(readCommands(said())).toMatchObject([
          { command: 'warning', message: expect.stringContaining('GITHUB_OUTPUT') },
        ]);
      },
      { GITHUB_OUTPUT: '/nowhere/at/all' },
    ));

  it('is left as it is where GitHub would take no more of it', () =>
    withJob(async ({ github, summaryFile, said }) => {
      await truncate(summaryFile, 1_048_500);
      github.failures([wrong]);
      github.ended(2);
      expect((await readFile(summaryFile)).length).toBe(1_048_500);
      expect(said()).toContain('the summary of this step is full');
    }));
});

describe('a plan', () => {
  it('is the summary of its step, and no text of it is Markdown', () =>
    withJob(async ({ github, summary }) => {
      github.showPlan({ ...plan(), from: ['a_b'], to: ['10.0.0.2:80'] }, 'steps\n```\n  5 %\n');
      expect(await summary()).toBe(
        "## drain plan: a\\_b → 10.0.0.2\\:80\n\nNothing was changed.\n\n```text\nsteps\n'''\n  5 %\n```\n\n",
      );
    }));
});
