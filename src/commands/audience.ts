import type { GivenOptions } from '../config/options/options.ts';
import type { ToolSettings } from '../config/settings/settings.ts';
import type { Audience, EndedRollout, Note, Onlooker, OwnNote } from '../control/audience.ts';
import type { Actor } from '../domain/actor/actor.ts';
import { namesInAround } from '../domain/around/around.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import { readRecord } from '../record/read-record.ts';
import { createAroundReporter } from '../reporters/around-reporter.ts';
import { allOf } from '../reporters/reporter.ts';
import { endLines, endWays } from '../reporters/way-lines.ts';
import { describeFailure } from '../reporters/wording.ts';
import { commandsOf, commandsOn } from './command-context.ts';
import type { Environment, ReporterForm, StatePlace } from './environment.ts';
import { type OwnWords, type Saying, sayNote } from './note-words.ts';
import { examineReportFile } from './report-file.ts';
import { describeWait } from './wait-words.ts';

/** The command line as control sees it: `given` are the options of the command, for its refusals. */
export function audienceOf<Own extends OwnNote = never>(
  env: Environment,
  {
    tools,
    given,
    actor,
    place,
    form = reporterForm(env, tools),
    commands = commandsOf(tools),
    words,
  }: AudienceOptions<Own>,
): Audience<Own> {
  const onlooker = onlookerOf(env, tools);
  const saying = { given, place, commands, isJson: tools.output === 'json' };
  return {
    ...onlooker,
    actor,
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
    around(record, { clock }) {
      const report = createAroundReporter(
        { write: env.out, isJournal: env.journal?.stdout },
        tools.output === 'json' ? 'json' : 'plain',
        namesInAround(record),
      );
      return (body) =>
        report({
          v: 1,
          at: new Date(clock.nowMs()).toISOString(),
          rollout: record.around,
          actor,
          ...body,
        });
    },
    commandOutput: tools.output === 'json' ? 'stderr' : 'stdout',
    confirm: async () => {
      const isAsked = env.interactive && onlooker.isLive && !tools.yes;
      return !isAsked || (await env.ask('Start?'));
    },
    canShow: () => examineReportFile(tools.report),
    note(note) {
      const say = ownWordsFor(words, note);
      if (!say) return sayNote(env, saying, note as Note);
      const sentence = say(note, saying);
      if (sentence !== undefined) env.err(`drain: ${sentence}\n`);
    },
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

type Say = (note: OwnNote, saying: Saying) => string | undefined;

/** The command's own words for a note; none for a note that several commands have. */
const ownWordsFor = <Own extends OwnNote>(
  words: OwnWords<Own> | undefined,
  { kind }: OwnNote,
): Say | undefined => (words as Readonly<Record<string, Say>> | undefined)?.[kind];

export interface AudienceOptions<Own extends OwnNote = never> {
  readonly tools: ToolSettings;
  readonly given: GivenOptions;
  /** Whoever asks, and why. */
  readonly actor: Actor;
  /** The place of the state, where it was looked at. */
  readonly place?: StatePlace;
  /** The place of the commands that are printed. */
  readonly commands?: CommandContext;
  /** A reporter other than the output form asks for. */
  readonly form?: ReporterForm;
  /** The words for notes of the command's own. */
  readonly words?: OwnWords<Own>;
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
