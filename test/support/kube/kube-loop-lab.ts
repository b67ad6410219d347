import type { KubeEventBody } from '../../../src/domain/events/kube-event.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
} from '../../../src/ipvs/simulated/simulated-director.ts';
import type { KubeTerms } from '../../../src/kube/decide/kube-view.ts';
import type { DirectorStanding } from '../../../src/kube/run/kube-run-ports.ts';
import { type RunningKube, runKube } from '../../../src/kube/run/run-kube.ts';
import type { OwnedPatch } from '../../../src/kube/status/patch-book.ts';
import type { Wanted } from '../../../src/kube/wanted/wanted.ts';
import type { StopRequest } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { defaultTerms, startMs, wantedOf, web } from './decide-lab.ts';

/** A simulated director beside the loop that a cluster drives it with, by the virtual clock. */
export class KubeLoopLab {
  readonly simulation: Simulation;
  readonly store = createMemoryStore();
  readonly calls: string[] = [];
  readonly events: (KubeEventBody & { readonly atMs: number })[] = [];
  readonly troubles: string[] = [];
  readonly patches: OwnedPatch[] = [];
  standing: DirectorStanding | undefined;
  terms: KubeTerms = defaultTerms;
  isAway = false;
  /** The time that each call of ipvsadm takes. */
  callMs = 0;
  isLeader = true;
  running: RunningKube | undefined;
  private wanted: Wanted = wantedOf([]);
  private wakes: (() => void)[] = [];

  constructor(table = '') {
    this.simulation = createSimulatedIpvsadm({
      seed: 1,
      startMs,
      table,
      faults: (call) => {
        this.calls.push(call.stdin);
        return undefined;
      },
    });
  }

  want(wanted: Wanted): void {
    this.wanted = wanted;
    for (const wake of this.wakes) wake();
  }

  /** A node has told that it lives: nothing that counts has changed. */
  heartbeat(): void {
    for (const wake of this.wakes) wake();
  }

  /** Runs a controller until then, with things that happen on the way, by seconds. */
  async runUntil(
    endS: number,
    happenings: Readonly<Record<number, () => void>> = {},
  ): Promise<number> {
    const { simulation } = this;
    const { clock } = simulation;
    let stop: StopRequest | undefined;
    const stopping = new AbortController();
    this.wakes = [];
    for (const [second, happen] of Object.entries(happenings))
      simulation.at(startMs + Number(second) * 1_000, happen);
    simulation.at(startMs + endS * 1_000, () => {
      stop = { signal: 'sigterm', again: false };
      stopping.abort();
    });
    const { runner } = simulation;
    const director = createDirector({
      name: 'lb1',
      runner: {
        ...runner,
        run: async (args, stdin) => {
          if (this.callMs > 0) await clock.sleepUntil(clock.nowMs() + this.callMs);
          if (!this.isAway) return runner.run(args, stdin);
          const failure = { kind: 'unreachable' as const, what: 'lb1 does not answer' };
          return { kind: 'unreachable' as const, failure, mayHaveRun: false };
        },
      },
    });
    this.running = runKube({
      directors: [{ director, table: 'ipvsadm' }],
      store: this.store,
      clock,
      stop: { requested: () => stop, signal: () => stopping.signal },
      terms: () => this.terms,
      mayWrite: () => this.isLeader,
      cluster: {
        wanted: () => this.wanted,
        onChange: (wake) => void this.wakes.push(wake),
        isReady: async () => true,
      },
      emit: (_, event) => void this.events.push({ ...event, atMs: clock.nowMs() }),
      trouble: (_, code, failure) => {
        if (failure) this.troubles.push(`${code}: ${failure.what}`);
      },
      patch: (patches) => void this.patches.push(...patches),
      stands: ([standing]) => {
        this.standing = standing;
      },
    });
    return this.running.ended;
  }

  weights(): Readonly<Record<string, number>> {
    const service = this.simulation.kernel.table.services.find(({ key }) => key === web);
    return Object.fromEntries(
      (service?.servers ?? [])
        .map(({ key, weight }) => [key.split(':')[0] ?? '', weight] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** Calls that edit something: what is behind them are their lines. */
  edits(): readonly (readonly string[])[] {
    return this.calls
      .map((stdin) => stdin.split('\n').filter((line) => /^-[aedADE] /.test(line)))
      .filter((lines) => lines.length > 0);
  }
}
