import { type Diagnostic, fail, ok, type Result } from '../../domain/failure.ts';
import type { Advice } from '../../domain/printed-command.ts';
import { accessOf } from '../../domain/rollout/rollout-locks.ts';
import { aroundSentence } from '../../planner/diagnose/examine-marks.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import { aroundsAt } from '../claims.ts';
import type { MaintenanceRun } from './prepare.ts';

/**
 * Refuses servers that a `drain around` is at: its command would run on one that has traffic, or it would
 * bring in one that is to stay out. `out --force` goes past it, with a warning each.
 */
export async function examineArounds({
  direction,
  force,
  servers,
  tables,
  opened,
  store,
  around,
}: MaintenanceRun): Promise<Result<readonly Diagnostic[]>> {
  const warnings: Diagnostic[] = [];
  for (const { director, snapshot } of tables) {
    const keys = snapshot.services.flatMap((service) => service.servers.map(({ key }) => key));
    const meant = [...new Set(keys)].filter((key) => servers.some((name) => isNamed(name, key)));
    const found = await aroundsAt(store, accessOf(opened.access, director), meant);
    if (!found.ok) return found;
    for (const claim of found.value.filter((one) => one.around !== around)) {
      const server = meant.find((key) => isNamed({ address: claim.address }, key));
      if (!server) continue;
      const what = aroundSentence(server, claim);
      const next: Advice = [
        'wait until it is over (',
        ['status', claim.around],
        direction === 'out' ? '), or insist with --force' : ')',
      ];
      if (direction === 'in' || !force) return fail({ kind: 'conflict', what, next });
      const message = `${what}; passed over, as asked for with --force`;
      warnings.push({ severity: 'warning', code: 'server-in-around', message });
    }
  }
  return ok(warnings);
}
