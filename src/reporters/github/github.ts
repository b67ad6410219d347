import { randomBytes } from 'node:crypto';
import { appendFileSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { DrainEvent } from '../../domain/events/event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { adviceText, type CommandContext } from '../../domain/rollout/rollout-status.ts';
import type { RolloutRecord } from '../../record/rollout-record.ts';
import type { Output, Reporter } from '../reporter.ts';
import { createAnnotations } from './annotations.ts';
import { createLogGroups } from './groups.ts';
import { outputLines, type StepOutputs } from './output-lines.ts';
import { planSummary, refusalSummary, rolloutSummary } from './summary.ts';
import { failureCommand, workflowCommand } from './workflow-command.ts';

type Writes = Pick<Output, 'write'>;

export interface GitHubOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Writes;
  readonly err: Writes;
}

/** Output of a job of GitHub Actions beside the form: annotations, groups, outputs, a summary. */
export interface GitHub {
  /** Folds the lines of the reporter that comes after this one. */
  groups(): Reporter;
  /** `toStderr`: stdout is for events only. */
  listener(options: { readonly toStderr: boolean; readonly commands?: CommandContext }): Reporter;
  failures(failures: readonly Failure[], commands?: CommandContext): void;
  /** A plan that was asked for, as its summary: what a pull request is judged by. */
  showPlan(plan: Plan, text: string): void;
  /** `report`: the file of `--report`. */
  showRecord(record: RolloutRecord, report: string | undefined, commands?: CommandContext): void;
  /** Called once at the end, with the exit code of the process. */
  ended(exitCode: number): void;
}

/** GitHub takes no more than 1 MiB of a step. */
const summaryLimitBytes = 1_048_576;

export function createGitHub({ env, out, err }: GitHubOptions): GitHub {
  const repository = env.GITHUB_WORKSPACE;
  const refusals: Failure[] = [];
  let last: StepOutputs = {};
  let isShown = false;
  let isBroken = false;

  const append = (variable: string, text: string): void => {
    const file = env[variable];
    if (!file) return;
    try {
      appendFileSync(file, text);
    } catch (error) {
      // The rollout goes on; of what else cannot be written one word is enough.
      if (!isBroken) warn(`${variable} cannot be written: ${(error as Error).message}`);
      isBroken = true;
    }
  };
  const warn = (text: string): void =>
    err.write(workflowCommand('warning', text, { title: 'drain' }));
  const put = (outputs: StepOutputs): void =>
    append('GITHUB_OUTPUT', outputLines(outputs, `drain_${randomBytes(16).toString('hex')}`));
  const summarize = (markdown: string): void => {
    isShown = true;
    const already = sizeOf(env.GITHUB_STEP_SUMMARY);
    if (already + Buffer.byteLength(markdown) < summaryLimitBytes) {
      append('GITHUB_STEP_SUMMARY', markdown);
    } else {
      warn('the summary of this step is full; this rollout is not in it');
    }
  };
  const pathInRepository = (file: string): string =>
    repository === undefined ? file : relative(repository, resolve(file));

  return {
    groups: () => createLogGroups(out),
    listener({ toStderr, commands }) {
      const annotate = createAnnotations((toStderr ? err : out).write, commands);
      let begunMs: number | undefined;
      return {
        plan() {},
        opened(rollout) {
          // At once: a job that is killed has it all the same.
          last = { rollout };
          put(last);
        },
        event(event) {
          annotate(event);
          const atMs = Date.parse(event.at);
          begunMs ??= atMs;
          if (event.type !== 'finished') return;
          last = { ...last, ...endOf(event, (atMs - begunMs) / 1_000) };
        },
        close() {},
      };
    },
    failures(failures, commands) {
      const told = failures.map((failure) => ({
        ...failure,
        next: failure.next && adviceText(failure.next, commands),
      }));
      refusals.push(...told);
      for (const failure of told) err.write(failureCommand(failure, pathInRepository));
    },
    showPlan: (plan, text) => summarize(planSummary(plan, text)),
    showRecord(record, report, commands) {
      // What went wrong before it is in its own words.
      refusals.length = 0;
      const file = reportAt(report?.replaceAll('{rollout}', record.rollout));
      last = { ...last, ...file };
      summarize(rolloutSummary(record, { ...file, commands }));
    },
    ended(exitCode) {
      const isRefused = refusals.length > 0 && exitCode !== 0;
      if (isRefused) summarize(refusalSummary(refusals, exitCode, { isFirst: !isShown }));
      const { rollout: _, ...outputs } = last;
      const { outcome = 'done' } = outputs;
      const refused = isRefused && outcome === 'done' ? { outcome: 'refused' } : {};
      put({ ...outputs, ...refused, 'exit-code': String(exitCode) });
    },
  };
}

const endOf = (
  { outcome }: Extract<DrainEvent, { type: 'finished' }>,
  seconds: number,
): StepOutputs => ({ outcome, seconds: seconds.toFixed(1) });

const reportAt = (report: string | undefined) =>
  report === undefined ? {} : { report: resolve(report) };

function sizeOf(file: string | undefined): number {
  try {
    return file ? statSync(file).size : 0;
  } catch {
    return 0;
  }
}
