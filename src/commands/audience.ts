import type { GivenOptions } from '../config/options/options.ts';
import type { ToolSettings } from '../config/settings/settings.ts';
import type { Audience, EndedRollout, Onlooker } from '../control/audience.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import { readRecord } from '../record/read-record.ts';
import { createAroundReporter } from '../reporters/around-reporter.ts';
import { allOf } from '../reporters/reporter.ts';
import { endLines, endWays } from '../reporters/way-lines.ts';
import { describeFailure } from '../reporters/wording.ts';
import { commandsOf, commandsOn } from './command-context.ts';
import type { Environment, ReporterForm, StatePlace } from './environment.ts';
import { sayNote } from './note-words.ts';
import { examineReportFile } from './report-file.ts';
import { describeWait } from './wait-words.ts';

/** The command line as control sees it: `given` are the options of the command, for its refusals. */
export function audienceOf(
  env: Environment,
  {
    tools,
    given,
    place,
    form = reporterForm(env, tools),
    commands = commandsOf(tools),
  }: AudienceOptions,
): Audience {
  const onlooker = onlookerOf(env, tools);
  return {
    ...onlooker,
    async listen(opened) {
      const on = commandsOn(commands, opened, tools);
      const [reporter, listeners] = await Promise.all([
        env.createReporter(form, opened, on),
        env.createListeners(tools, on),
      ]);
      return {
        ...allOf([reporter, ...listeners]),
        ended: (ended) => showEnd(env, { tools, commands: on, form }, ended),
      };
    },
    around(around, { clock }) {
      const report = createAroundReporter(
        { write: env.out, isJournal: env.journal?.stdout },
        tools.output === 'json' ? 'json' : 'plain',
      );
      return (body) =>
        report({ v: 1, at: new Date(clock.nowMs()).toISOString(), rollout: around, ...body });
    },
    commandOutput: tools.output === 'json' ? 'stderr' : 'stdout',
    confirm: async () => {
      const isAsked = env.interactive && onlooker.isLive && !tools.yes;
      return !isAsked || (await env.ask('Start?'));
    },
    canShow: () => examineReportFile(tools.report),
    note: (note) => sayNote(env, { given, place, commands, isJson: tools.output === 'json' }, note),
  };
}

/** The onlooker at a terminal, for commands that nobody hears events of. */
export function onlookerOf(env: Environment, tools: ToolSettings): Onlooker {
  const isLive = showsLive(env, tools);
  return {
    isLive,
    waitingFor: (wait, work) =>
      isLive ? env.waitingFor(describeWait(wait, tools.state), work) : work(),
  };
}

export interface AudienceOptions {
  readonly tools: ToolSettings;
  readonly given: GivenOptions;
  /** The place of the state, where it was looked at. */
  readonly place?: StatePlace;
  /** The place of the commands that are printed. */
  readonly commands?: CommandContext;
  /** A reporter other than the output form asks for. */
  readonly form?: ReporterForm;
}

interface EndShown {
  readonly tools: ToolSettings;
  readonly commands: CommandContext;
  readonly form: ReporterForm;
}

/** Shows an ended rollout as asked for. If that goes wrong, the rollout ended as it did. */
async function showEnd(
  env: Environment,
  { tools, commands, form }: EndShown,
  { rollout, end, store }: EndedRollout,
): Promise<void> {
  const record = await readRecord(store, rollout);
  const shown = record.ok ? await env.showRecord(record.value, tools, commands) : record;
  if (!shown.ok) env.err(`${describeFailure(shown.failure)}\n`);
  const of = record.ok
    ? { policy: record.value.plan.policy, isBack: record.value.phase !== 'draining' }
    : undefined;
  if (end.exitCode === 0) return;
  // A terminal has the reason in its last lines.
  const isSaid = form === 'tty' && env.stderrIsTty === true;
  env.err((isSaid ? endWays : endLines)(rollout, end, commands, of), 'error');
}

export function reporterForm(env: Environment, tools: ToolSettings): ReporterForm {
  if (tools.output !== 'auto') return tools.output;
  return env.stdoutIsTty ? 'tty' : 'plain';
}

/** Whether a person watches: then a simulated director takes its time. */
export const showsLive = (env: Environment, tools: ToolSettings): boolean =>
  tools.output === 'tty' || (tools.output === 'auto' && env.stdoutIsTty);
