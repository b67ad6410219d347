import type {
  RateHeading,
  RateServer,
  Rates,
  Stats,
  StatsHeading,
  StatsServer,
} from '../listing.ts';
import type { LineCursor } from './line-cursor.ts';
import { takeLargeNumber } from './take-large-number.ts';
import { takeListedServer } from './take-server-row.ts';
import { type Problem, takeListedService } from './take-service.ts';

/** `TCP  10.0.1.100:80   14  51  32  2764  1832`: a service in `ipvsadm -Ln --stats`. */
export function takeStatsHeading(cursor: LineCursor): StatsHeading | Problem {
  return withCounters(takeListedService(cursor), takeStats(cursor));
}

export function takeStatsServer(cursor: LineCursor): StatsServer | Problem {
  return withCounters(takeListedServer(cursor), takeStats(cursor));
}

/** `TCP  10.0.1.100:80   1  5  3  259  172`: a service in `ipvsadm -Ln --rate`. */
export function takeRateHeading(cursor: LineCursor): RateHeading | Problem {
  return withCounters(takeListedService(cursor), takeRates(cursor));
}

export function takeRateServer(cursor: LineCursor): RateServer | Problem {
  return withCounters(takeListedServer(cursor), takeRates(cursor));
}

function withCounters<Name extends object, Counters extends object>(
  name: Name | Problem,
  counters: Counters | Problem,
): (Name & Counters) | Problem {
  if (typeof name === 'string') return name;
  // Both are made for this line, and there may be 100,000 of them: no third object.
  return typeof counters === 'string' ? counters : Object.assign(name, counters);
}

function takeStats(cursor: LineCursor): Stats | Problem {
  const connections = takeLargeNumber(cursor);
  const inPackets = takeLargeNumber(cursor);
  const outPackets = takeLargeNumber(cursor);
  const inBytes = takeLargeNumber(cursor);
  const outBytes = takeLargeNumber(cursor);
  const least = Math.min(connections, inPackets, outPackets, inBytes, outBytes);
  return least < 0 ? notFive : { connections, inPackets, outPackets, inBytes, outBytes };
}

function takeRates(cursor: LineCursor): Rates | Problem {
  const stats = takeStats(cursor);
  if (typeof stats === 'string') return stats;
  return {
    connectionsPerS: stats.connections,
    inPacketsPerS: stats.inPackets,
    outPacketsPerS: stats.outPackets,
    inBytesPerS: stats.inBytes,
    outBytesPerS: stats.outBytes,
  };
}

const notFive = 'expected five numbers';
