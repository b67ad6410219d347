import { formatDuration } from '../domain/duration.ts';

/**
 * How long somebody was waited for, as coarse as people count: 2,003 ms is `2s`, 1,260 `1.3s`,
 * 214 `210ms`. The limit itself belongs to the caller, who may also have had other reasons.
 */
export function waitedSince(begunMs: number): string {
  const ms = performance.now() - begunMs;
  const unitMs = ms >= 1_000 ? 100 : 10;
  return formatDuration(Math.round(ms / unitMs) * unitMs);
}
