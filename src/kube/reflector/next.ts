import { assertNever } from '../../domain/assert-never.ts';
import type { ApiFailure, ApiFailureCode, WatchEnd } from '../kube-ports.ts';
import { pauseMs } from './pause.ts';
import type {
  ReflectorHappened,
  ReflectorPhase,
  ReflectorState,
  ReflectorStep,
  RestartCause,
  TrimmedPage,
} from './reflector-state.ts';

export interface Moment {
  readonly nowMs: number;
  /** From 0 to 1, for the jitter of a pause. */
  readonly random: number;
}

/** A watch that ends sooner, though as agreed, is one more failure: else it is asked for all the time. */
const shortestWatchMs = 1_000;

const listing: ReflectorPhase = { kind: 'listing', before: [] };

/** The state after what happened, and what becomes of the mirror. */
export function next(
  state: ReflectorState,
  happened: ReflectorHappened,
  moment: Moment,
): ReflectorStep {
  switch (happened.kind) {
    case 'listed':
      return afterPage(state, happened.page, moment);
    case 'list-failed':
      return { state: afterFailure(forgotten(state), happened.failure, moment) };
    case 'opened':
      return { state: isWatching(state) ? { ...state, trouble: undefined } : state };
    case 'bookmark':
      return { state: heard(state, happened.version, moment) };
    case 'changed':
      return afterChange(state, happened, moment);
    case 'watch-ended':
      return { state: afterWatch(state, happened.end, moment) };
    case 'due':
      return { state: { ...state, phase: afterPause(state, moment) } };
    default:
      return assertNever(happened);
  }
}

function afterPage(state: ReflectorState, page: TrimmedPage, { nowMs }: Moment): ReflectorStep {
  const before = state.phase.kind === 'listing' ? state.phase.before : [];
  const pages = [...before, page.objects];
  if (page.continueAt !== undefined) {
    const phase: ReflectorPhase = { kind: 'listing', continueAt: page.continueAt, before: pages };
    return { state: { ...state, phase } };
  }
  return {
    state: {
      ...state,
      // The pauses go on to grow until a watch has shown that it works.
      phase: { kind: 'watching', sinceMs: nowMs },
      ...{ isSynced: true, version: page.version, lastHeardMs: nowMs, trouble: undefined },
    },
    edit: { kind: 'replace', objects: pages.flat() },
  };
}

function afterChange(
  state: ReflectorState,
  { as, object }: Extract<ReflectorHappened, { readonly kind: 'changed' }>,
  moment: Moment,
): ReflectorStep {
  if (!isWatching(state)) return { state };
  if (object.version === undefined || object.key === undefined) {
    const counted = restarted(forgotten(state), 'garbled');
    return { state: afterFailure(counted, garbled, moment), endsWatch: true };
  }
  return { state: heard(state, object.version, moment), edit: { kind: as, object } };
}

/** Of a watch that has been given up nothing is heard. */
const heard = (state: ReflectorState, version: string, { nowMs }: Moment): ReflectorState =>
  isWatching(state)
    ? { ...state, version, lastHeardMs: nowMs, trouble: undefined, failures: 0 }
    : state;

const isWatching = ({ phase }: ReflectorState): boolean => phase.kind === 'watching';

const garbled: ApiFailure = {
  ...{ code: 'garbled', verb: 'watch', resource: '' },
  message: 'a change of an object without a name or a version',
};

function afterWatch(state: ReflectorState, end: WatchEnd, moment: Moment): ReflectorState {
  if (state.phase.kind !== 'watching') return state;
  const { sinceMs } = state.phase;
  if (end.kind === 'failed') {
    const { failure } = end;
    const cause = causeOf[failure.code];
    const counted = restarted(state, cause);
    // What cannot be gone on from is listed, and compared with what is there.
    return afterFailure(needsList(failure.code) ? forgotten(counted) : counted, failure, moment);
  }
  if (moment.nowMs - sinceMs < shortestWatchMs) {
    return afterFailure(restarted(state, 'hasty'), hasty, moment);
  }
  const phase: ReflectorPhase = { kind: 'watching', sinceMs: moment.nowMs };
  return {
    ...restarted(state, 'closed'),
    phase,
    trouble: undefined,
    failures: 0,
    lastHeardMs: moment.nowMs,
  };
}

const hasty: ApiFailure = {
  ...{ code: 'busy', verb: 'watch', resource: '' },
  message: 'the server ends each watch at once',
};

const needsList = (code: ApiFailureCode): boolean =>
  code === 'gone' || code === 'garbled' || code === 'invalid' || code === 'not-found';

const causeOf: Readonly<Record<ApiFailureCode, RestartCause>> = {
  unauthorized: 'refused',
  forbidden: 'refused',
  'not-found': 'refused',
  'already-exists': 'refused',
  conflict: 'refused',
  invalid: 'refused',
  busy: 'refused',
  gone: 'gone',
  unreachable: 'cut',
  'timed-out': 'silent',
  garbled: 'garbled',
  aborted: 'closed',
};

/** A pause, longer with each failure in a row. A first `gone` is what a server may say any time. */
function afterFailure(
  state: ReflectorState,
  failure: ApiFailure,
  { nowMs, random }: Moment,
): ReflectorState {
  const failures = state.failures + 1;
  const trouble = { failure, sinceMs: state.trouble?.sinceMs ?? nowMs };
  if (failure.code === 'gone' && failures === 1) {
    return { ...state, phase: listing, trouble, failures };
  }
  const restMs = Math.max(pauseMs(failures, random), failure.retryAfterMs ?? 0);
  return { ...state, phase: { kind: 'waiting', untilMs: nowMs + restMs }, trouble, failures };
}

const afterPause = ({ version }: ReflectorState, { nowMs }: Moment): ReflectorPhase =>
  version === undefined ? listing : { kind: 'watching', sinceMs: nowMs };

const forgotten = (state: ReflectorState): ReflectorState => ({ ...state, version: undefined });

const restarted = (state: ReflectorState, cause: RestartCause): ReflectorState => ({
  ...state,
  restarts: { ...state.restarts, [cause]: (state.restarts[cause] ?? 0) + 1 },
});
