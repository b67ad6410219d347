import type { Outcome } from '../../control/audience.ts';
import { asFailures, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { StopSwitch } from '../../rollout/ports.ts';
import { type ApiRefusal, refusalOf, refuse } from '../problem.ts';
import type { Heard } from './api-audience.ts';

/** How something began that may go on for long. */
export type Begun =
  /** There is a journal, and it goes on here. */
  | { readonly kind: 'rollout'; readonly rollout: string }
  /** It is over, and no rollout was begun for it. */
  | { readonly kind: 'over'; readonly outcome: Outcome; readonly lines: readonly string[] };

type Work = (heard: Heard) => Promise<Result<Outcome, Failure | readonly Failure[]>>;

/** Rollouts that requests have begun, and that go on in this process. */
export interface Runs {
  /** Begins something; resolves as soon as it has a journal, or has ended without one. */
  begin(work: Work): Promise<Result<Begun, ApiRefusal>>;
  /** Rejects where something that goes on has a bug: whoever comes after this process goes on with it. */
  readonly broken: Promise<never>;
  /** Resolves when nothing goes on any more. */
  settled(): Promise<void>;
}

/** More rollouts than this at a time are no rollouts, but a loop somewhere. */
const mostRuns = 64;

export function createRuns(
  stop: Pick<StopSwitch, 'requested'>,
  onLate: (failures: readonly Failure[]) => void,
): Runs {
  const running = new Set<Promise<void>>();
  let breakOff: (error: unknown) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    breakOff = reject;
  });
  broken.catch(() => {});

  const begun = (work: Work): Promise<Result<Begun, ApiRefusal>> =>
    new Promise((resolve, reject) => {
      const failures: Failure[] = [];
      const lines: string[] = [];
      let isOpened = false;
      const heard = {
        onOpened(rollout: string) {
          isOpened = true;
          resolve(ok({ kind: 'rollout', rollout }));
        },
        onFailures(found: readonly Failure[]) {
          if (isOpened) onLate(found);
          else failures.push(...found);
        },
        onLines: (found: readonly string[]) => void lines.push(...found),
      };
      const run = work(heard)
        .then((ended) => {
          if (!ended.ok) heard.onFailures(asFailures(ended.failure));
          const [first, ...others] = failures;
          const isDone = ended.ok && ended.value.exitCode === 0;
          if (first && !isDone) resolve(fail(refusalOf(first, ...others)));
          else if (ended.ok) resolve(ok({ kind: 'over', outcome: ended.value, lines }));
        })
        .catch((error: unknown) => {
          reject(error);
          breakOff(error);
        })
        .finally(() => running.delete(run));
      running.add(run);
    });

  return {
    broken,
    async settled() {
      await Promise.all(running);
    },
    begin(work) {
      if (stop.requested()) return Promise.resolve(fail(stopping));
      if (running.size >= mostRuns) return Promise.resolve(fail(tooMany));
      return begun(work);
    },
  };
}

const stopping: ApiRefusal = refuse(
  503,
  { kind: 'preflight', what: 'the server is stopping', next: 'ask again when it is back' },
  { 'Retry-After': '5' },
);

const tooMany: ApiRefusal = refuse(
  503,
  {
    kind: 'preflight',
    what: `${mostRuns} rollouts run here already`,
    next: 'ask again when some of them have ended',
  },
  { 'Retry-After': '30' },
);
