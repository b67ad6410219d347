import type { Figure } from './benchmark.ts';

/** Three digits are all that a measurement is worth: `12.3 ms`, `1.23 s`, `45.6 MB`, `120,000 rows`. */
export function formatFigure({ value, unit }: Figure): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'ms':
      return Math.abs(value) >= 1_000 ? `${digits(value / 1_000)} s` : `${digits(value)} ms`;
    case 'percent':
      return `${digits(value)} %`;
    case 'times':
      return formatRatio(value);
    default:
      return `${digits(value)} ${unit}`;
  }
}

function formatBytes(bytes: number): string {
  if (Math.abs(bytes) >= 1e9) return `${digits(bytes / 1e9)} GB`;
  if (Math.abs(bytes) >= 1e6) return `${digits(bytes / 1e6)} MB`;
  return `${digits(bytes / 1e3)} kB`;
}

/** `1.234` is `1.23x`, `123.4` is `123x`. */
export const formatRatio = (ratio: number): string => `${digits(ratio)}x`;

function digits(value: number): string {
  const size = Math.abs(value);
  const behindPoint = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: behindPoint,
    maximumFractionDigits: behindPoint,
  });
}
