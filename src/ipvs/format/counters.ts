import type {
  RateHeading,
  RateServer,
  Rates,
  Stats,
  StatsHeading,
  StatsServer,
} from '../listing.ts';
import { listedService } from './service.ts';

/** `TCP  10.0.1.100:80                      14       51       32     2764     1832`. */
export function statsService(service: StatsHeading, exact: boolean): string {
  return `${listedService(service.address).padEnd(33)}${columns(statsOf(service), exact)}\n`;
}

export function statsServer(server: StatsServer, exact: boolean): string {
  return `  -> ${server.key.padEnd(28)}${columns(statsOf(server), exact)}\n`;
}

export function rateService(service: RateHeading, exact: boolean): string {
  return `${listedService(service.address).padEnd(33)}${columns(ratesOf(service), exact)}\n`;
}

/** Only the bytes of a real server are ever abbreviated (ipvsadm.c, print_service_entry). */
export function rateServer(server: RateServer, exact: boolean): string {
  const [cps, inPps, outPps, ...bytes] = ratesOf(server);
  const small = columns([cps, inPps, outPps], true);
  return `  -> ${server.key.padEnd(28)}${small}${columns(bytes, exact)}\n`;
}

const statsOf = (of: Stats): Five => [
  of.connections,
  of.inPackets,
  of.outPackets,
  of.inBytes,
  of.outBytes,
];

const ratesOf = (of: Rates): Five => [
  of.connectionsPerS,
  of.inPacketsPerS,
  of.outPacketsPerS,
  of.inBytesPerS,
  of.outBytesPerS,
];

type Five = readonly [number, number, number, number, number];

const columns = (values: readonly number[], exact: boolean): string =>
  values.map((value) => ` ${largeNumber(value, exact).padStart(8)}`).join('');

const units = [
  { below: 1e9, size: 1e3, letter: 'K' },
  { below: 1e11, size: 1e6, letter: 'M' },
  { below: 1e14, size: 1e9, letter: 'G' },
  { below: Number.POSITIVE_INFINITY, size: 1e12, letter: 'T' },
] as const;

/** 99,999,999 is `99999999`, 217,401,739 is `217401K`, and with `exact` `217401739`. */
function largeNumber(value: number, exact: boolean): string {
  if (exact || value < 1e8) return String(value);
  for (const { below, size, letter } of units) {
    if (value < below) return `${(value - (value % size)) / size}${letter}`;
  }
  return String(value);
}
