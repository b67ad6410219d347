import { VirtualClock, type VirtualTime } from './virtual-clock.ts';

/** Several simulated machines on one clock. */
export interface SimulatedSite {
  readonly clock: VirtualClock;
  /** Joins a machine, whose time from then on passes with that of the others. */
  join(machine: VirtualTime): void;
}

export function createSimulatedSite(startMs: number, speed = 0): SimulatedSite {
  const machines: VirtualTime[] = [];
  const time: VirtualTime = {
    // A command takes time on its own machine only, so one may be a little ahead.
    get nowMs() {
      return machines.reduce((latestMs, { nowMs }) => Math.max(latestMs, nowMs), startMs);
    },
    advanceTo(timeMs) {
      for (const machine of machines) machine.advanceTo(Math.max(machine.nowMs, timeMs));
    },
  };
  return {
    clock: new VirtualClock(time, speed),
    join(machine) {
      machine.advanceTo(Math.max(machine.nowMs, time.nowMs));
      machines.push(machine);
    },
  };
}
