import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { Store } from '../../rollout/ports.ts';
import { resumeAllArounds, resumeAround } from '../around/resume.ts';
import { type Audience, noteFailures, type Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import type { PastFreeze } from '../freeze.ts';
import type { ControlPorts } from '../ports.ts';
import {
  cutOffSequences,
  resumeSequence,
  resumeSequences,
  sequenceOf,
} from '../sequence/resume.ts';
import { type CutOff, cutOffFinder } from './find-cut-off.ts';

/** Notes of `drain resume`. */
export type ResumeNote =
  | { readonly kind: 'nothing-cut-off' }
  /** A rollout was resumed by itself, and the sequence that it is of was not. */
  | { readonly kind: 'sequence-waits'; readonly rollout: string; readonly sequence: string };

/** Resumes a rollout, a `drain around` or a sequence that was held or cut off. */
export async function resume(
  ports: ControlPorts,
  {
    rollout,
    store,
    terms,
    pastFreeze,
  }: {
    readonly rollout: string;
    readonly store: Store;
    readonly terms?: ResumeTerms | undefined;
    readonly pastFreeze?: PastFreeze | undefined;
  },
  audience: Audience<ResumeNote>,
): Promise<Result<Outcome>> {
  const around = await resumeAround(
    ports,
    { around: rollout, store, direction: 'forward', pastFreeze },
    audience,
  );
  if (around) return around;
  const inSequence = { sequence: rollout, store, direction: 'forward', pastFreeze } as const;
  const sequence = await resumeSequence(ports, inSequence, audience);
  if (sequence) return sequence;
  const stop = ports.listenForStop();
  const request = { rollout, store, stop, direction: 'forward', terms, pastFreeze } as const;
  const resumed = await resumeRollout(ports, request, audience);
  const waiting = resumed.ok ? await sequenceOf(store, rollout) : undefined;
  if (waiting !== undefined) audience.note({ kind: 'sequence-waits', rollout, sequence: waiting });
  return resumed;
}

/** Resumes everything that a crash or a shutdown cut off. */
export async function resumeAll(
  ports: ControlPorts,
  store: Store,
  audience: Audience<ResumeNote>,
): Promise<Result<Outcome>> {
  // First, for they resume their own rollouts.
  const arounds = await resumeAllArounds(ports, store, audience);
  // Nobody asks again, so whoever died just now must not count as running.
  const found = await cutOffFinder(store, audience.note, { asksLocks: true })();
  if (!found.ok) return found;
  // A sequence goes on with its own. Looked for after them: of a process that died meanwhile it is found.
  const sequences = await cutOffSequences(store);
  if (!sequences.ok) return sequences;
  const ofSequences = new Set(sequences.value.map(({ rollout }) => rollout));
  const alone = found.value.filter(({ rollout }) => !ofSequences.has(rollout));
  const stop = ports.listenForStop();
  const inSequence = resumeSequences(ports, { found: sequences.value, store }, audience);
  const resumed = await afterLater(alone, async ({ rollout, isPerhapsRunning }) => {
    const request = {
      rollout,
      store,
      stop,
      direction: 'forward',
      pastFreeze: 'was-running',
    } as const;
    const end = await resumeRollout(ports, request, audience);
    if (end.ok) return end.value.exitCode;
    const isRunning = isPerhapsRunning && end.failure.kind === 'conflict';
    return isRunning ? undefined : noteFailures(audience, [end.failure]);
  });
  const exitCodes = [...resumed.filter((exitCode) => exitCode !== undefined), ...arounds];
  exitCodes.push(...(await inSequence));
  if (exitCodes.length === 0) audience.note({ kind: 'nothing-cut-off' });
  return ok({ kind: 'several', exitCode: Math.max(0, ...exitCodes) });
}

/** Resumes at the same time what has nothing in common; else what began last ends first. */
function afterLater<T>(
  rollouts: readonly CutOff[],
  resumeOne: (one: CutOff) => Promise<T>,
): Promise<readonly T[]> {
  const begun: { readonly one: CutOff; readonly end: Promise<T> }[] = [];
  for (const one of rollouts.toSorted((a, b) => (a.rollout < b.rollout ? 1 : -1))) {
    const later = begun.filter((other) =>
      other.one.resources.some((resource) => one.resources.includes(resource)),
    );
    const end = Promise.all(later.map((other) => other.end)).then(() => resumeOne(one));
    begun.push({ one, end });
  }
  return Promise.all(begun.map(({ end }) => end));
}
