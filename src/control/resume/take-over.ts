import { setTimeout as sleep } from 'node:timers/promises';
import { ok } from '../../domain/failure.ts';
import { isForTakeOver } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { resumeAllArounds } from '../around/resume.ts';
import { type Audience, type Note, noteFailures, type Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import type { ControlPorts } from '../ports.ts';
import {
  type CutOffSequence,
  cutOffSequences,
  resumeSequences,
  unfinishedSequenceOf,
} from '../sequence/resume.ts';
import { type CutOff, cutOffFinder } from './find-cut-off.ts';

/** The time between listings of the store; a lock in etcd outlives its holder by far more. */
const listEveryMs = 1_000;

/** A rollout that could not be resumed is tried again after this time. */
const tryAgainMs = 30_000;

/** Notes of a process that stays, and takes over. */
export type TakeOverNote =
  | { readonly kind: 'taking-over' }
  | { readonly kind: 'taken-over'; readonly rollout: string }
  | { readonly kind: 'paused-without-process'; readonly rollout: string };

/** A part of what has lost its process, where not all of it is taken over; arounds and sequences are not. */
export interface TakenOver {
  readonly isOurs: (one: CutOff) => boolean;
  readonly onTaken: (rollout: string) => void;
}

/**
 * `drain resume --all --follow`: stays, and resumes whatever loses the process that carried it out, until
 * SIGTERM or SIGINT. Then its own rollouts end as `--on-interrupt` says.
 */
export async function takeOver(
  ports: ControlPorts,
  store: Store,
  audience: Audience<TakeOverNote>,
  only?: TakenOver,
): Promise<Outcome> {
  const stop = ports.listenForStop();
  const { note } = onceEach(audience);
  const findCutOff = cutOffFinder(store, note);
  const running = new Map<string, Promise<number>>();
  const notBeforeMs = new Map<string, number>();
  let isAtArounds = false;

  const isDue = (id: string): boolean =>
    !running.has(id) && (notBeforeMs.get(id) ?? 0) <= performance.now();
  const follow = (id: string, end: Promise<number>): void => {
    running.set(id, end);
    void end.then((exitCode) => {
      if (exitCode !== 0) notBeforeMs.set(id, performance.now() + tryAgainMs);
      if (!stop.requested()) running.delete(id);
    });
  };
  const resume = (rollout: string): void => {
    audience.note({ kind: 'taken-over', rollout });
    only?.onTaken(rollout);
    const pastFreeze = 'was-running';
    const request = { rollout, store, stop, direction: 'forward', pastFreeze } as const;
    const end = resumeRollout(ports, request, audience).then((resumed) =>
      resumed.ok ? resumed.value.exitCode : noteFailures(audience, [resumed.failure]),
    );
    follow(rollout, end);
  };
  /** The rollouts that sequences go on with themselves. */
  const ofSequences = new Set<string>();
  const resumeOne = (one: CutOffSequence): void => {
    const { sequence, rollout } = one;
    audience.note({ kind: 'taken-over', rollout: sequence });
    if (rollout !== undefined) ofSequences.add(rollout);
    const ended = resumeSequences(ports, { found: [one], store }, audience);
    const end = ended.then(([exitCode = 0]) => exitCode);
    void end.then(() => ofSequences.delete(rollout ?? ''));
    follow(sequence, end);
  };
  /** Tells it of each rollout anew: its process may have died since the sequences were looked at. */
  const isLeftToSequence = async (rollout: string): Promise<boolean> => {
    const owner = await unfinishedSequenceOf(store, rollout);
    return owner !== undefined && isForTakeOver(owner.end);
  };
  const resumeArounds = async (): Promise<void> => {
    if (isAtArounds || (notBeforeMs.get('arounds') ?? 0) > performance.now()) return;
    isAtArounds = true;
    const exitCodes = await resumeAllArounds(ports, store, { ...audience, note });
    if (exitCodes.some((code) => code !== 0)) {
      notBeforeMs.set('arounds', performance.now() + tryAgainMs);
    }
    isAtArounds = false;
  };

  audience.note({ kind: 'taking-over' });
  let arounds: Promise<void> = Promise.resolve();
  while (!stop.requested()) {
    const sequences = only ? ok([]) : await cutOffSequences(store);
    if (!sequences.ok) note({ kind: 'failures', failures: [sequences.failure] });
    for (const one of sequences.ok ? sequences.value : []) {
      if (!stop.requested() && isDue(one.sequence)) resumeOne(one);
    }
    const found = await findCutOff();
    if (!found.ok) note({ kind: 'failures', failures: [found.failure] });
    for (const one of found.ok ? found.value : []) {
      const { rollout, isPaused } = one;
      if (stop.requested() || !isDue(rollout) || only?.isOurs(one) === false) continue;
      if (ofSequences.has(rollout) || (await isLeftToSequence(rollout))) continue;
      if (isPaused) note({ kind: 'paused-without-process', rollout });
      else resume(rollout);
    }
    if (!isAtArounds && !only) arounds = resumeArounds();
    await sleep(listEveryMs, undefined, { signal: stop.signal() }).catch(() => {});
  }
  await arounds;
  return { kind: 'several', exitCode: Math.max(0, ...(await Promise.all(running.values()))) };
}

/** Says a note that comes again and again once. */
function onceEach({ note }: Audience<TakeOverNote>): Pick<Audience<TakeOverNote>, 'note'> {
  const said = new Set<string>();
  return {
    note(one: Note | TakeOverNote) {
      const text = JSON.stringify(one);
      if (said.has(text)) return;
      if (said.size > 1_000) said.clear();
      said.add(text);
      note(one);
    },
  };
}
