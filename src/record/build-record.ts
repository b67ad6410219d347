import type { DrainEvent } from '../domain/events/event.ts';
import { withNames } from '../domain/places/names-in-text.ts';
import type { JournalEntries } from '../rollout/ports.ts';
import { applyEntry, type JournalEntry, openedState } from '../rollout/state/journal.ts';
import { dueAtMs, rampProgressOf, slowestStep } from '../rollout/state/ramp-progress.ts';
import { directorState, type RolloutState } from '../rollout/state/rollout-state.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';
import { deliveredShares } from './delivered-shares.ts';
import {
  type DueTimes,
  type GateRecord,
  type RolloutRecord,
  recordedPhase,
  type StepRecord,
} from './rollout-record.ts';
import { ServiceHistory } from './service-history.ts';
import { SpanWalk } from './span-walk.ts';

/** A rollout as it went: the journal says what was done, the trace what was seen. Pure. */
export function buildRecord(entries: JournalEntries, trace: readonly TraceEntry[]): RolloutRecord {
  const [opened, ...rest] = entries;
  const events = trace.flatMap((one) => (one.type === 'event' ? [one.event] : []));
  const traced = trace.map(atMsOf).sort((a, b) => a - b);
  let state = openedState(opened);
  const histories = state.plan.directors.flatMap(({ director, services }) =>
    services.map((plan) => new ServiceHistory(director, plan)),
  );
  const spans = new SpanWalk(opened.atMs, traced);
  const steps: StepRecord[] = [];

  follow(histories, state, opened.atMs);
  for (const entry of rest) {
    const before = state;
    state = applyEntry(state, entry);
    spans.enter(state, entry);
    if (changesWeights.has(entry.type)) follow(histories, state, entry.atMs);
    const step = reachedStep(before, state, entry);
    if (step) steps.push(step);
  }

  const untilMs = spans.untilMs(state);
  const environment = trace.findLast((one) => one.type === 'environment')?.environment;
  return {
    rollout: state.rollout,
    plan: state.plan,
    access: state.access,
    startedAtMs: opened.atMs,
    untilMs,
    ...(state.end
      ? { end: { ...state.end, message: withNames(state.end.message, state.plan.names) } }
      : {}),
    phase: recordedPhase(state.phase),
    paused: state.pausedAtMs !== undefined,
    ...(state.acts ? { acts: state.acts } : {}),
    due: dueTimes(state),
    spans: spans.closedAt(untilMs),
    steps,
    services: histories.map((history) => {
      const service = history.record(events);
      return { ...service, delivered: deliveredShares(service, trace) };
    }),
    gates: events.flatMap(gateOf),
    events: events.filter(({ type }) => type !== 'planned' && type !== 'sampled'),
    ...(environment ? { environment } : {}),
  };
}

const changesWeights: ReadonlySet<JournalEntry['type']> = new Set(['reached', 'bystander-changed']);

function follow(histories: readonly ServiceHistory[], state: RolloutState, atMs: number): void {
  for (const history of histories) {
    const plan = state.plan.directors.find(({ director }) => director === history.director);
    const own = plan?.services.find(({ service }) => service === history.plan.service);
    if (plan && own) history.stands(own, directorState(state, plan), atMs);
  }
}

/** The times that the rollout is due to be further at, if it goes on by itself. */
function dueTimes(state: RolloutState): DueTimes {
  const { end, phase, plan, pausedAtMs } = state;
  if (end) return {};
  const ramp = rampProgressOf(state);
  const lastMs = ramp && dueAtMs(state, ramp, ramp.schedule.length - 1);
  return {
    ...(lastMs === undefined ? {} : { rampEndMs: lastMs }),
    ...(lastMs !== undefined && pausedAtMs !== undefined
      ? { rampLeftMs: Math.max(0, lastMs - pausedAtMs) }
      : {}),
    ...(phase.kind === 'draining' && pausedAtMs === undefined
      ? { drainDeadlineMs: phase.sinceMs + plan.policy.drainTimeoutMs }
      : {}),
  };
}

/** The step that an entry brought to the last director that was missing. */
function reachedStep(
  before: RolloutState,
  after: RolloutState,
  entry: JournalEntry,
): StepRecord | undefined {
  // Of the state before: once its last step stands, a ramp is no course any more.
  const course = rampProgressOf(before);
  if (!course || entry.type !== 'reached' || !('step' in entry.milestone)) return undefined;
  const step = slowestStep(after, course);
  if (step <= slowestStep(before, course)) return undefined;
  return {
    step,
    of: course.schedule.length - 1,
    atMs: entry.atMs,
    dueMs: dueAtMs(before, course, step),
    movedFraction: course.schedule[step]?.fraction ?? 0,
    direction: entry.milestone.kind === 'rollback-step' ? 'back' : 'forward',
  };
}

const atMsOf = (entry: TraceEntry): number =>
  entry.type === 'event' ? Date.parse(entry.event.at) : entry.atMs;

const gateOf = (event: DrainEvent): readonly GateRecord[] => {
  if (event.type !== 'gate-passed' && event.type !== 'gate-failed') return [];
  const { gate, gateKind, step, detail } = event;
  const verdict = event.type === 'gate-passed' ? 'passed' : 'failed';
  return [{ atMs: Date.parse(event.at), gate, gateKind, verdict, step, detail }];
};
