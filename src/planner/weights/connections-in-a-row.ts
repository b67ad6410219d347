/** A real server that can get new connections, with those that it has. */
export interface LoadedServer {
  readonly weight: number;
  readonly activeConn: number;
  readonly inActConn: number;
  readonly isNew: boolean;
}

/** New connections that go to the new servers before any other server gets one. */
export interface ConnectionsInARow {
  /** Connections that end at once; `undefined`: all, for as long as they do. */
  readonly ending: number | undefined;
  /** Connections that stay open. */
  readonly staying: number;
  /** No new server gets more than one. */
  readonly isEven: boolean;
}

/** Schedulers that divide the connections of a server by its weight. */
export type CountingScheduler = 'wlc' | 'sed' | 'nq';

export const isCountingScheduler = (scheduler: string): scheduler is CountingScheduler =>
  Object.hasOwn(schedulerRates, scheduler);

/** An active connection counts as so many inactive ones (ip_vs_dest_conn_overhead). */
const activeCost = 256;

/** Quotients of whole numbers that are equal may differ by less than this. */
const tiny = 1e-6;

/**
 * Connections in a row of a scheduler that divides the connections of each server by its weight, and
 * takes the server with the least. Beside 100 streams at weight 95, a new server at weight 5 gets all
 * until it has 5.3 as well: 6 that stay open, or 1,348 that are over before the next one comes.
 */
export function connectionsInARow(
  scheduler: CountingScheduler,
  servers: readonly LoadedServer[],
): ConnectionsInARow {
  const rates = schedulerRates[scheduler];
  const able = servers.filter(({ weight }) => weight > 0);
  const filled = able.filter(({ isNew }) => isNew);
  const others = able.filter(({ isNew }) => !isNew);
  const isOtherIdle = others.some(({ activeConn }) => activeConn === 0);
  const least = Math.min(...others.map((one) => rates.loadOf(one) / one.weight));
  if (filled.length === 0 || !Number.isFinite(least)) {
    return { ending: 0, staying: 0, isEven: true };
  }
  const each = filled.map((one) => {
    const room = least * one.weight - rates.loadOf(one);
    // In a draw the newest server of the list is first.
    const taken = (cost: number): number => (room < -tiny ? 0 : Math.floor(room / cost + tiny) + 1);
    const untilEven = taken(rates.staying);
    const idle = one.activeConn === 0 ? 1 : 0;
    // nq gives each idle server one, whatever its weight, and is sed where none is idle.
    const neverQueued = isOtherIdle ? idle : Math.max(idle, untilEven);
    const staying = scheduler === 'nq' ? neverQueued : untilEven;
    const ending = rates.ending > 0 ? taken(rates.ending) : staying > 0 ? undefined : 0;
    return { staying, ending };
  });
  const endless = each.some(({ ending }) => ending === undefined);
  return {
    ending: endless ? undefined : sum(each.map(({ ending = 0 }) => ending)),
    staying: sum(each.map(({ staying }) => staying)),
    isEven: each.every(({ ending }) => ending !== undefined && ending <= 1),
  };
}

interface Rates {
  readonly loadOf: (server: LoadedServer) => number;
  /** The load that a connection adds while it is open. */
  readonly staying: number;
  /** The load that a connection leaves when it has ended. */
  readonly ending: number;
}

const expectedDelay: Rates = {
  loadOf: ({ activeConn }) => activeConn + 1,
  staying: 1,
  ending: 0,
};

const schedulerRates: Readonly<Record<CountingScheduler, Rates>> = {
  wlc: {
    loadOf: ({ activeConn, inActConn }) => activeConn * activeCost + inActConn,
    staying: activeCost,
    ending: 1,
  },
  sed: expectedDelay,
  nq: expectedDelay,
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
