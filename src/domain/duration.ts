const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

const longestMs = 365 * unitMs.d;

/**
 * `"1h30m"` is 5,400,000 ms, `"0s"` and `"0"` are 0. Units, large to small: d h m s ms; a fraction
 * is allowed (`1.5h`). `undefined` when it is no duration, or one of more than a year.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  let lastUnitMs = Number.POSITIVE_INFINITY;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    const sizeMs = unitMs[unit as Unit];
    if (sizeMs >= lastUnitMs) return undefined;
    lastUnitMs = sizeMs;
    total += Number(amount) * sizeMs;
  }
  const rounded = Math.round(total);
  return rounded <= longestMs ? rounded : undefined;
}

/** 5,400,000 is `1h30m`, 1,500 is `1.5s`, 20 is `20ms`, 0 is `0s`. The inverse of `parseDuration`. */
export function formatDuration(ms: number): string {
  if (ms <= 0) return '0s';
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms);
  let text = '';
  for (const unit of ['d', 'h', 'm'] as const) {
    const amount = Math.floor(rest / unitMs[unit]);
    rest -= amount * unitMs[unit];
    if (amount > 0) text += `${amount}${unit}`;
  }
  return rest > 0 ? `${text}${rest / 1_000}s` : text;
}
