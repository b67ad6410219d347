import { ok, type Result } from '../domain/failure.ts';
import { currentReports, type GuardReport } from '../domain/health/guard-report.ts';
import type { Store } from './ports.ts';

/** The reports of guards that say something still; one that ended meanwhile is passed over. */
export async function readGuardReports(
  { guards }: { readonly guards: Pick<Store['guards'], 'list' | 'read'> },
  nowMs: number,
): Promise<Result<readonly GuardReport[]>> {
  const ids = await guards.list();
  if (!ids.ok) return ids;
  const found: GuardReport[] = [];
  for (const id of ids.value) {
    const read = await guards.read(id);
    if (!read.ok) return read;
    if (read.value) found.push(read.value);
  }
  return ok(currentReports(found, nowMs));
}
