import { exitCodeOf } from '../../domain/failure.ts';
import type { OwnedPatch } from '../status/patch-book.ts';
import { KubeLoop } from './kube-loop.ts';
import type { DirectorStanding, DrivenDirector, KubeRunDeps } from './kube-run-ports.ts';
import { ownerPatches } from './owner-patches.ts';

export interface RunKubeDeps extends Omit<KubeRunDeps, 'stands'> {
  readonly directors: readonly DrivenDirector[];
  /** So many directors have to let a Service go before it is gone; all of them without it. */
  readonly quorum?: number | undefined;
  /** Asks for patches of Services, after each change of how a director stands; the table never waits. */
  patch(patches: readonly OwnedPatch[]): void;
  /** How all directors stand, for metrics and `drain kube wait`. */
  stands?: ((standings: readonly DirectorStanding[]) => void) | undefined;
}

export interface RunningKube {
  /** `drain continue`. */
  goOn(): void;
  /** Resolves to the exit code once somebody has asked to stop, and nothing is being written any more. */
  readonly ended: Promise<number>;
}

/**
 * Drives all directors until it is told to stop, each by a loop of its own: one that is away keeps no
 * other waiting. Tables stay as they are, and what leaves is watched on by whoever runs next.
 */
export function runKube(deps: RunKubeDeps): RunningKube {
  const { directors, patch, stands, quorum, ...common } = deps;
  const standings = new Map<string, DirectorStanding>();
  const loops = directors.map(
    (one) =>
      new KubeLoop({
        ...common,
        ...one,
        stands: (standing) => {
          standings.set(standing.director, standing);
          stands?.([...standings.values()]);
          if (!deps.mayWrite()) return;
          const wanted = deps.cluster.wanted(deps.clock.nowMs());
          const { cluster } = deps.terms();
          const all = directors.map(({ director }) => standings.get(director.name));
          patch(ownerPatches({ cluster, wanted, standings: all, quorum }));
        },
      }),
  );
  const all = Promise.all(loops.map((loop) => loop.run()));
  return {
    goOn() {
      for (const loop of loops) loop.goOn();
    },
    ended: all.then(() => {
      const request = deps.stop.requested();
      return request ? exitCodeOf(request.signal) : 0;
    }),
  };
}

/** Whether no director has anything left of a node: for `drain kube wait NODE`. */
export const isNodeDrained = (
  node: string,
  standings: readonly (DirectorStanding | undefined)[],
): boolean =>
  standings.every(
    (one) =>
      one !== undefined && !one.claims.some(({ servers }) => servers.some((s) => s.node === node)),
  );
