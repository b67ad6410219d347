import { readFileSync } from 'node:fs';

/** Processor time of this machine since it started, in ticks of its kernel. */
export interface MachineTicks {
  readonly all: number;
  /** What its host gave to others while there was something to do here. */
  readonly stolen: number;
}

/** proc(5), `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user. */
export function machineTicksIn(procStat: string): MachineTicks {
  const [, ...fields] = (procStat.split('\n', 1)[0] ?? '').trim().split(/\s+/);
  const ticks = fields.slice(0, 8).map(Number);
  return { all: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 };
}

export const machineTicks = (): MachineTicks =>
  machineTicksIn(readFileSync('/proc/stat', 'latin1'));

/** How much of the time between two looks the host gave to others. */
export function stolenPercent(before: MachineTicks, after: MachineTicks): number {
  const all = after.all - before.all;
  return all > 0 ? Math.round((100 * (after.stolen - before.stolen)) / all) : 0;
}

const muchPercent = 3;

/** For under a table: where the host took much, times of whatever waits for a process tell about the host. */
export function stolenLines(percent: number): readonly string[] {
  return percent >= muchPercent
    ? [
        `The host gave ${percent} % of this machine's processor time to others meanwhile: measure again when it does not.`,
      ]
    : [];
}
