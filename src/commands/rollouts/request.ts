import { type GivenOptions, isOn } from '../../config/options/options.ts';
import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import type { ControllerNote } from '../../control/kube/hold-cluster.ts';
import type { RequestNote } from '../../control/resume/await-request.ts';
import { requestOf } from '../../control/resume/request.ts';
import { type EventBody, stampEvent } from '../../domain/events/event.ts';
import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { type CommandContext, commandText } from '../../domain/rollout/rollout-status.ts';
import { endLines } from '../../reporters/way-lines.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import { anyReason, askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import type { OwnWords } from '../note-words.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { noWait, override, wait } from './rows.ts';

/** `drain pause|continue|promote|rollback ID [--no-wait]`. */
export async function requestCommand(
  env: Environment,
  given: GivenOptions,
  word: string,
  asked: { readonly request: ControlRequest; readonly terms?: ResumeTerms },
): Promise<number> {
  const waits = !isOn(given, noWait.name);
  if (!waits && isOn(given, wait.name)) throw new Refusal([bothWays], given);
  const { tools, store, commands, rollout } = await openTools(env, given, {
    rollout: word,
  });
  const pastFreeze = isOn(given, override.name) ? 'override' : undefined;
  const words = requestWords(env);
  const actor = await askerOf(env, given, anyReason);
  const audience = audienceOf(env, { tools, given, actor, commands, words });
  return orRefuse(await requestOf(env, { rollout, store, ...asked, waits, pastFreeze }, audience))
    .exitCode;
}

const bothWays: Failure = {
  kind: 'usage',
  what: '--wait and --no-wait are two things',
  next: 'give one of them',
};

/** The words on requests; for who reads events, these are events of the rollout, on stdout. */
export const requestWords = (env: Environment): OwnWords<RequestNote | ControllerNote> => ({
  requested: ({ pid, host, request, rollout }) =>
    `asked ${processWords(pid, host)} to ${request} rollout ${rollout}`,
  'controller-asked': ({ pid, host, controller }) =>
    `asked ${processWords(pid, host)}, ${controller}, to go on with what its cluster shows now`,
  'request-in-force': (note, { isJson, commands }) => {
    const sentence = inForceWords(note, commands);
    if (!isJson) return sentence;
    const event: EventBody =
      note.request === 'pause'
        ? { type: 'paused', reason: sentence }
        : { type: 'continued', reason: sentence, cause: 'asked' };
    sayEvent(env, note.rollout, event);
    return undefined;
  },
  'request-ended': ({ rollout, end }, { isJson, commands }) => {
    if (isJson) sayEvent(env, rollout, { type: 'finished', ...end });
    if (end.exitCode !== 0 || !isJson) env.err(endLines(rollout, end, commands));
    return undefined;
  },
});

const processWords = (pid: number, host: string | undefined): string =>
  `process ${pid}${host === undefined ? '' : ` on ${printable(host)}`}`;

function inForceWords(
  { rollout, request, reason, waits }: Extract<RequestNote, { readonly kind: 'request-in-force' }>,
  commands: CommandContext | undefined,
): string {
  if (request === 'pause') {
    return `rollout ${rollout} is paused${reason === 'before' ? ', and was already' : ''}; it goes on with: ${commandText(['continue', rollout], commands)}`;
  }
  if (request === 'promote') {
    if (waits) return `rollout ${rollout} is promoted; ${waits}`;
    return reason === 'before'
      ? `rollout ${rollout} had its ramp behind it already`
      : `rollout ${rollout} is promoted: its ramp is over`;
  }
  return reason === 'before'
    ? `rollout ${rollout} was not paused, and goes on`
    : `rollout ${rollout} goes on`;
}

/** Says an event of a rollout that another process runs, at the time of now. */
function sayEvent(env: Environment, rollout: string, body: EventBody): void {
  env.out(`${JSON.stringify(stampEvent(body, rollout, Date.now()))}\n`);
}
