import type { ServerKey } from '../../domain/address.ts';
import type {
  PersistentConnServer,
  PlainServer,
  RateServer,
  StatsServer,
  ThresholdsServer,
} from '../listing.ts';
import { newScannedRow, type RowShape, type ScannedRow } from './scan-row.ts';

/** How the rows of a table are read when they are as ipvsadm writes them, and what they become. */
export interface UsualRow {
  readonly shape: RowShape;
  readonly scanned: ScannedRow;
  readonly make: (text: string, row: ScannedRow) => object;
}

const uint32 = { digits: 10, most: 0xffffffff } as const;
/** Of so many digits every one counts; ipvsadm may print more of them, or a K behind them. */
const counter = { digits: 15, most: Number.POSITIVE_INFINITY } as const;

const keyOf = (text: string, { keyStart, keyEnd }: ScannedRow): ServerKey =>
  text.slice(keyStart, keyEnd) as ServerKey;

export const usualPlainRow: UsualRow = {
  shape: { forwarding: true, numbers: 3, ...uint32 },
  scanned: newScannedRow(),
  make: (text, row): PlainServer => ({
    key: keyOf(text, row),
    forwarding: row.forwarding,
    weight: row.numbers[0] ?? 0,
    activeConn: row.numbers[1] ?? 0,
    inActConn: row.numbers[2] ?? 0,
  }),
};

export const usualThresholdsRow: UsualRow = {
  shape: { forwarding: false, numbers: 4, ...uint32 },
  scanned: newScannedRow(),
  make: (text, row): ThresholdsServer => ({
    key: keyOf(text, row),
    upperThreshold: row.numbers[0] ?? 0,
    lowerThreshold: row.numbers[1] ?? 0,
    activeConn: row.numbers[2] ?? 0,
    inActConn: row.numbers[3] ?? 0,
  }),
};

export const usualPersistentConnRow: UsualRow = {
  shape: { forwarding: false, numbers: 4, ...uint32 },
  scanned: newScannedRow(),
  make: (text, row): PersistentConnServer => ({
    key: keyOf(text, row),
    weight: row.numbers[0] ?? 0,
    persistConn: row.numbers[1] ?? 0,
    activeConn: row.numbers[2] ?? 0,
    inActConn: row.numbers[3] ?? 0,
  }),
};

export const usualStatsRow: UsualRow = {
  shape: { forwarding: false, numbers: 5, ...counter },
  scanned: newScannedRow(),
  make: (text, row): StatsServer => ({
    key: keyOf(text, row),
    connections: row.numbers[0] ?? 0,
    inPackets: row.numbers[1] ?? 0,
    outPackets: row.numbers[2] ?? 0,
    inBytes: row.numbers[3] ?? 0,
    outBytes: row.numbers[4] ?? 0,
  }),
};

export const usualRateRow: UsualRow = {
  shape: { forwarding: false, numbers: 5, ...counter },
  scanned: newScannedRow(),
  make: (text, row): RateServer => ({
    key: keyOf(text, row),
    connectionsPerS: row.numbers[0] ?? 0,
    inPacketsPerS: row.numbers[1] ?? 0,
    outPacketsPerS: row.numbers[2] ?? 0,
    inBytesPerS: row.numbers[3] ?? 0,
    outBytesPerS: row.numbers[4] ?? 0,
  }),
};
