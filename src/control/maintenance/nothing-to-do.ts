import { ok, type Result } from '../../domain/failure.ts';
import type { MaintenanceResult } from '../../planner/maintenance/build-maintenance.ts';
import { rememberedBy } from '../../planner/maintenance/remembered.ts';
import type { Marks } from '../../rollout/ports.ts';
import type { MarkedTable } from '../conduct/marks.ts';

type Skipped = MaintenanceResult['skipped'];

/** An operator wants these in: what keeps them out from now on is something else, and gets their weight. */
export async function forget(
  marks: Marks,
  tables: readonly MarkedTable[],
  skipped: Skipped,
): Promise<Result<void>> {
  for (const { director, service, server } of skipped) {
    const known = tables.find((table) => table.director === director)?.remembered ?? [];
    const own = rememberedBy(known, 'operator', service, server);
    const health = rememberedBy(known, 'health', service, server);
    if (own && health?.weight === 0 && own.weight > 0) {
      const put = await marks.put({ ...health, weight: own.weight });
      if (!put.ok) return put;
    }
    const removed = own ? await marks.remove(own) : ok(undefined);
    if (!removed.ok) return removed;
  }
  return ok(undefined);
}

/** Why no weight is moved, a line a server. */
export const skippedLines = (skipped: Skipped): readonly string[] =>
  skipped.map(({ service, server, message }) => `${server} ${message} (${service})`);
