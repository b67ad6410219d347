import type { Rates, Stats } from '../../listing.ts';

/** The kernel's estimation timer runs this often (ip_vs_est.c). */
export const estimationIntervalMs = 2_000;

type Totals = { -readonly [Name in keyof Stats]: Stats[Name] };

const names = ['connections', 'inPackets', 'outPackets', 'inBytes', 'outBytes'] as const;

/**
 * The connections, packets and bytes of a service or a server. `--stats` shows the totals of the
 * last estimation, so `--stats` lags up to two seconds behind; `--rate` shows a moving average in
 * which an estimation counts a quarter: 100 connections/s from zero show as 25, 44, 58, 68, ...
 */
export class TrafficCounters {
  private readonly live = zero();
  private estimated = zero();
  /** The totals that `-Z` took as the new zero. */
  private shownFrom = zero();
  /**
   * The rates as the kernel scales them: connections and packets/s times 1,024, bytes/s times 32.
   */
  private readonly scaledRates = zero();
  /** True when no estimation would change anything: most servers of a large table are idle. */
  private isAtRest = true;

  countConnection(): void {
    this.live.connections++;
    this.isAtRest = false;
  }

  countIn(packets: number, bytes: number): void {
    this.live.inPackets += packets;
    this.live.inBytes += bytes;
    this.isAtRest = false;
  }

  countOut(packets: number, bytes: number): void {
    this.live.outPackets += packets;
    this.live.outBytes += bytes;
    this.isAtRest = false;
  }

  /** Estimates totals and rates; to be called every `estimationIntervalMs`. */
  estimate(): void {
    if (this.isAtRest) return;
    let rest = true;
    for (const name of names) {
      const scale = isBytes(name) ? 16 : 512;
      const current = (this.live[name] - this.estimated[name]) * scale;
      this.scaledRates[name] += Math.floor((current - this.scaledRates[name]) / 4);
      if (this.scaledRates[name] !== 0) rest = false;
    }
    this.estimated = { ...this.live };
    this.isAtRest = rest;
  }

  /** `ipvsadm -Z`. */
  zero(): void {
    this.shownFrom = { ...this.estimated };
    Object.assign(this.scaledRates, zero());
  }

  stats(): Stats {
    const shown = zero();
    for (const name of names) shown[name] = this.estimated[name] - this.shownFrom[name];
    return shown;
  }

  rates(): Rates {
    const { scaledRates } = this;
    return {
      connectionsPerS: Math.floor((scaledRates.connections + 0x1ff) / 1024),
      inPacketsPerS: Math.floor((scaledRates.inPackets + 0x1ff) / 1024),
      outPacketsPerS: Math.floor((scaledRates.outPackets + 0x1ff) / 1024),
      inBytesPerS: Math.floor((scaledRates.inBytes + 0xf) / 32),
      outBytesPerS: Math.floor((scaledRates.outBytes + 0xf) / 32),
    };
  }
}

const isBytes = (name: keyof Stats): boolean => name === 'inBytes' || name === 'outBytes';

const zero = (): Totals => ({
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
});
