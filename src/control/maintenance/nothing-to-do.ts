import { ok, type Result } from '../../domain/failure.ts';
import type { MaintenanceResult } from '../../planner/maintenance/build-maintenance.ts';
import { rememberedBy } from '../../planner/maintenance/remembered.ts';
import type { Marks } from '../../rollout/ports.ts';
import type { MarkedTable } from '../conduct/marks.ts';

type Skipped = MaintenanceResult['skipped'];

/** Removes an operator's marks: what else keeps the servers out gets the marks' weight. */
export async function forget(
  marks: Marks,
  tables: readonly MarkedTable[],
  skipped: Skipped,
): Promise<Result<void>> {
  for (const { director, service, server } of skipped) {
    const known = tables.find((table) => table.director === director)?.remembered ?? [];
    const own = rememberedBy(known, 'operator', service, server);
    const health = rememberedBy(known, 'health', service, server);
    if (own && !own.at && health?.weight === 0 && own.weight > 0 && !health.at) {
      const put = await marks.put({ ...health, weight: own.weight });
      if (!put.ok) return put;
    }
    const removed = own ? await marks.remove(own) : ok(undefined);
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

/** Reasons why no weight is moved, a line a server. */
export const skippedLines = (skipped: Skipped): readonly string[] =>
  skipped.map(({ service, server, message }) => `${server} ${message} (${service})`);
