import { actorText } from '../../domain/actor/actor.ts';
import type { DrainEvent, RollbackCause } from '../../domain/events/event.ts';
import type { Notice } from '../../domain/events/notice.ts';
import { printable, shortList } from '../../domain/printable.ts';
import {
  type CommandContext,
  commandText,
  type RolloutStatus,
  waysFrom,
  waysIn,
} from '../../domain/rollout/rollout-status.ts';
import { roughly } from '../text/amounts.ts';
import { headed } from '../text/headed.ts';
import { handOver, untilWords } from '../wording.ts';
import { callingNobody } from './calling-nobody.ts';

type EventOf<T extends DrainEvent['type']> = Extract<DrainEvent, { readonly type: T }>;

/** Events of a rollout that one process has heard so far. */
export interface Heard {
  readonly host: string;
  /** The file that a page of the rollout is written to when it ends. */
  readonly report?: string;
  /** The place of the commands that a notice names. */
  readonly commands?: CommandContext | undefined;
  readonly planned?: EventOf<'planned'>;
  readonly applied?: EventOf<'step-applied'>;
  /** The event of a resumed rollout, until the next event shows what came of it. */
  readonly resumed?: EventOf<'continued'>;
  /** Whether a failure caused the rollback; absent: this process has begun none. */
  readonly turnedByFailure?: boolean;
}

/** The result of hearing one more event: what is known now, and the notices to send. */
export interface Hearing {
  readonly heard: Heard;
  readonly notices: readonly Notice[];
}

/** Hears that there is a journal: a start where the plan was told before, else a resume. */
export function hearOpened(heard: Heard): Hearing {
  const { planned } = heard;
  if (!planned) return { heard, notices: [] };
  const { services, overMs, until } = planned;
  const where = shortList(services.map(({ service }) => printable(service)));
  const pace = overMs === 0 ? 'in one step' : `over ${roughly(overMs)}`;
  const message = `${handOver(planned)}${untilWords(until)} in ${where}, ${pace}`;
  return { heard, notices: [noticeOf(heard, planned, 'started', { message })] };
}

/** Hears one more event; `held` and `rolled-back` come right before `finished`, which says more. */
export function hearEvent(before: Heard, event: DrainEvent): Hearing {
  if (event.type === 'rollback-started') {
    // Whoever asks a stopped rollout to go back resumes it, which is not worth a notice of its own.
    const { resumed: _, ...rest } = before;
    const failure = !asked.has(event.cause);
    const heard = { ...rest, turnedByFailure: failure };
    const more = { message: event.reason, failure };
    return { heard, notices: [noticeOf(heard, event, 'rollback-started', more)] };
  }
  const { resumed, ...heard } = before;
  const late = resumed ? [noticeOf(heard, resumed, 'resumed', { message: resumed.reason })] : [];
  switch (event.type) {
    case 'planned':
      return { heard: { ...heard, planned: event }, notices: late };
    case 'step-applied':
      return { heard: { ...heard, applied: event }, notices: late };
    case 'continued': {
      const isResumed = event.cause === 'resumed';
      return { heard: isResumed ? { ...heard, resumed: event } : heard, notices: late };
    }
    case 'paused': {
      const more = { message: event.reason, ...commandsFrom(heard, 'paused', event.rollout) };
      return { heard, notices: [...late, noticeOf(heard, event, 'paused', more)] };
    }
    case 'finished':
      return { heard, notices: [...late, endNotice(heard, event)] };
    default:
      return { heard, notices: late };
  }
}

/** Causes of a rollback that are no failure: a person, or a machine that goes down. */
const asked: ReadonlySet<RollbackCause> = new Set(['asked', 'sigint', 'sigterm']);

/** Exit codes of what was asked for: done, SIGINT, SIGTERM. */
const asWanted: readonly number[] = [0, 130, 143];

function commandsFrom(
  { commands = {} }: Heard,
  status: RolloutStatus,
  rollout: string,
): Pick<Notice, 'goOn' | 'goBack'> {
  const { on, back } = waysIn(commands, waysFrom(status, rollout));
  return {
    ...(on ? { goOn: commandText(on, commands) } : {}),
    ...(back ? { goBack: commandText(back, commands) } : {}),
  };
}

function endNotice(heard: Heard, event: EventOf<'finished'>): Notice {
  const { outcome, exitCode, message, rollout } = event;
  // A rollback that was asked for ends with the exit code of a gate, and is no failure.
  const failure =
    outcome === 'rolled-back'
      ? (heard.turnedByFailure ?? !asWanted.includes(exitCode))
      : !asWanted.includes(exitCode);
  const commands = commandsFrom(heard, outcome, rollout);
  const isReported = heard.report !== undefined && outcome !== 'refused';
  const report = isReported ? { report: heard.report } : {};
  const more = { message, failure, outcome, exitCode, ...commands, ...report };
  return noticeOf(heard, event, outcome, more);
}

type More = Pick<Notice, 'message'> &
  Partial<Pick<Notice, 'failure' | 'outcome' | 'exitCode' | 'goOn' | 'goBack' | 'report'>>;

function noticeOf(
  { host, planned, applied }: Heard,
  { at, rollout, actor }: DrainEvent,
  type: Notice['type'],
  more: More,
): Notice {
  const progress = applied && {
    step: applied.step,
    of: applied.of,
    movedFraction: applied.movedFraction,
  };
  const told = {
    type,
    at,
    rollout,
    host,
    ...(actor ? { actor } : {}),
    from: planned?.from ?? [],
    to: planned?.to ?? [],
    services: planned?.services.map(({ service }) => service) ?? [],
    ...progress,
    failure: false,
    ...more,
    message: printable(more.message, 1_000),
  };
  // Without a full stop, which would end it where it is signed.
  const id = `msg_${rollout}_${type}_${Date.parse(at)}`;
  return { v: 1, id, ...told, text: noticeSentence(told) };
}

type Told = Omit<Notice, 'text' | 'id' | 'v'>;

/** Notices whose message says already who asked, where somebody did. */
const saysWho: ReadonlySet<Notice['type']> = new Set(['paused', 'rollback-started']);

/**
 * A notice as somebody reads it at night: where, which rollout, what happened, and what to type.
 *
 *     drain on lb1, rollout 20261123-141530042-7f3a: held: SIGTERM: held at step 7 of 20. Go on: drain
 *     resume 20261123-141530042-7f3a. Go back: drain rollback 20261123-141530042-7f3a.
 */
export function noticeSentence(told: Told): string {
  const { host, rollout, type, message, goOn, goBack, actor } = told;
  const word = type === 'rollback-started' ? 'going back' : type.replace('-', ' ');
  const happened = headed(word, message, { unless: 'begun-with-it' });
  const parts = [
    `drain on ${host}, rollout ${rollout}: ${happened}`,
    ...(actor && !saysWho.has(type) ? [`By ${actorText(actor)}`] : []),
    ...(goOn ? [`Go on: ${goOn}`] : []),
    ...(goBack ? [`Go back: ${goBack}`] : []),
  ];
  return callingNobody(parts.map((part) => `${part.replace(/\.$/, '')}.`).join(' '));
}
