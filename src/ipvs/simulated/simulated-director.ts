import type { ServerKey } from '../../domain/address.ts';
import type { CommandResult, CommandRunner } from '../../rollout/ports.ts';
import { runIpvsadm } from './command/run.ts';
import type { Sysctl } from './connections/sysctl.ts';
import { Kernel } from './kernel.ts';
import { createPrng } from './prng.ts';
import { createSimulatedSite, type SimulatedSite } from './time/simulated-site.ts';
import { ActionTimer } from './time/timer-wheel.ts';
import type { VirtualClock } from './time/virtual-clock.ts';
import type { HostFault } from './traffic/host-fault.ts';
import { TrafficSource, type TrafficSpec } from './traffic/traffic-source.ts';
import { StatisticsRecorder, type TrafficStatistics } from './traffic/traffic-statistics.ts';

/** A call of the simulated command, as a fault sees it. */
export interface SimulatedCall {
  readonly args: readonly string[];
  readonly stdin: string;
  readonly nowMs: number;
  /** Runs the command and returns its answer; a fault may do so and lose the answer. */
  readonly run: () => CommandResult;
}

export interface SimulationOptions {
  /** The seed: the same seed and commands at the same times give the same traffic. */
  readonly seed: number;
  /** Milliseconds since 1970; the time at which the first command can run. */
  readonly startMs?: number;
  /** The virtual seconds in a real one; 0 is as fast as possible. */
  readonly speed?: number;
  /** The other simulated machines, which share one clock; without them the clock is its own. */
  readonly site?: SimulatedSite;
  /** Counts the lives of the simulation's clients; others may count there as well. */
  readonly statistics?: StatisticsRecorder;
  /** Lines of `ipvsadm -S`, in the table from the beginning. */
  readonly table?: string;
  readonly sysctl?: Partial<Sysctl>;
  readonly traffic?: readonly TrafficSpec[];
  /** The time that the traffic has been on at `startMs`. */
  readonly warmUpMs?: number;
  /** Hosts that do not serve. */
  readonly hostFaults?: ReadonlyMap<ServerKey, HostFault>;
  /** The time that a process takes, and a line of its `-R`. Traffic goes on meanwhile. */
  readonly commandCostMs?: number;
  readonly lineCostMs?: number;
  /** An answer for tests instead of the command's own, or `undefined` to let the command run. */
  readonly faults?: (call: SimulatedCall) => CommandResult | undefined;
}

export interface Simulation {
  readonly runner: CommandRunner;
  readonly clock: VirtualClock;
  readonly statistics: TrafficStatistics;
  /** The table and the connections behind the command, for tests. */
  readonly kernel: Kernel;
  /** The hosts that do not serve, for tests, to be changed at any time. */
  readonly hostFaults: Map<ServerKey, HostFault>;
  /** Runs a command at once and without cost, as somebody else on the machine could. */
  ipvsadm(args: readonly string[], stdin?: string): CommandResult;
  /** Has something happen at a time, such as somebody else's edit. */
  at(timeMs: number, action: () => void): void;
}

/** 2026-01-01T00:00:00Z. */
export const defaultStartMs = Date.UTC(2026, 0, 1);

/**
 * A stand-in for a machine with IPVS: its `ipvsadm` command over a model of the kernel, fed by
 * generated traffic, on a clock of its own. The table must be one that ipvsadm accepts.
 */
export function createSimulatedIpvsadm(options: SimulationOptions): Simulation {
  const { seed, speed = 0, startMs = defaultStartMs, warmUpMs = 0 } = options;
  const { statistics = new StatisticsRecorder() } = options;
  const kernel = new Kernel(startMs - warmUpMs, options.sysctl);
  const { clock, join } = options.site ?? createSimulatedSite(startMs, speed);
  const run = (args: readonly string[], stdin: string, betweenLines?: () => void) =>
    asResult(runIpvsadm(kernel, args, stdin, betweenLines));

  run(['-R'], options.table ?? '');
  const hostFaults = new Map<ServerKey, HostFault>(options.hostFaults);
  const context = {
    connections: kernel.connections,
    wheel: kernel.wheel,
    statistics,
    faults: hostFaults,
  };
  for (const [index, spec] of (options.traffic ?? []).entries()) {
    new TrafficSource(context, spec, createPrng(seed).fork(`${spec.service} ${index}`));
  }
  kernel.wheel.advanceTo(startMs);
  join(kernel.wheel);

  return {
    runner: createRunner({ ...options, kernel, clock, run }),
    clock,
    statistics,
    kernel,
    hostFaults,
    ipvsadm: (args, stdin = '') => run(args, stdin),
    at: (timeMs, action) => kernel.wheel.arm(new ActionTimer(action), timeMs),
  };
}

interface RunnerOptions extends SimulationOptions {
  readonly kernel: Kernel;
  readonly clock: VirtualClock;
  readonly run: (
    args: readonly string[],
    stdin: string,
    betweenLines?: () => void,
  ) => CommandResult;
}

function createRunner(options: RunnerOptions): CommandRunner {
  const { kernel, clock, faults, commandCostMs = 2, lineCostMs = 0.02 } = options;
  const passLineCost = () => kernel.wheel.advanceTo(kernel.wheel.nowMs + lineCostMs);
  return {
    label: 'the simulated ipvsadm',
    async run(args, stdin) {
      await clock.sleepUntil(clock.nowMs() + commandCostMs);
      const run = () => options.run(args, stdin, passLineCost);
      const result = faults?.({ args, stdin, nowMs: clock.nowMs(), run }) ?? run();
      if (result.kind === 'timed-out') await clock.sleepUntil(clock.nowMs() + result.afterMs);
      return result;
    },
  };
}

function asResult(outcome: ReturnType<typeof runIpvsadm>): CommandResult {
  const { exitCode, stdout, stderr } = outcome;
  return { kind: 'exited', exitCode, stdout, stderr };
}
