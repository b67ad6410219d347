import type { DrainEvent } from '../../domain/event.ts';
import { ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { rolloutId } from '../../domain/rollout-id.ts';
import type { MaintenanceResult } from '../../planner/maintenance/build-maintenance.ts';
import { rememberedBy } from '../../planner/maintenance/remembered.ts';
import type { Marks } from '../../rollout/ports.ts';
import type { MarkedTable } from '../conduct/marks.ts';
import type { Environment } from '../environment.ts';
import type { MaintenanceRun } from './prepare.ts';

type Resting = MaintenanceResult['resting'];

/** An operator wants these in: what keeps them out from now on is something else, and gets their weight. */
export async function forget(
  marks: Marks,
  tables: readonly MarkedTable[],
  resting: Resting,
): Promise<Result<void>> {
  for (const { director, service, server } of resting) {
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

/** `drain in` where no weight is to be moved: says what is the case. */
export function finishAtOnce(
  env: Environment,
  { settings: { tools }, opened: { clock } }: MaintenanceRun,
  resting: Resting,
): number {
  const lines = resting.map(({ service, server, message }) => `${server} ${message} (${service})`);
  if (tools.output !== 'json') {
    env.out(lines.map((line) => `${printable(line, 600)}\n`).join(''));
    return 0;
  }
  const event: DrainEvent = {
    v: 1,
    at: new Date(clock.nowMs()).toISOString(),
    rollout: rolloutId(clock.nowMs()),
    type: 'finished',
    outcome: 'done',
    exitCode: 0,
    message: lines.join('; '),
  };
  env.out(`${JSON.stringify(event)}\n`);
  return 0;
}
