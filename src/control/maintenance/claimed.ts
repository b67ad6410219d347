import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { type Diagnostic, fail, ok, type Result } from '../../domain/failure.ts';
import { findServer, findService, type Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { Advice } from '../../domain/printed-command.ts';
import { accessOf } from '../../domain/rollout/rollout-locks.ts';
import { aroundSentence, inCommand, outSentence } from '../../planner/diagnose/examine-marks.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import { aroundsAt } from '../claims.ts';
import type { MarkedTable } from '../conduct/marks.ts';
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

/**
 * Refuses to bring a server in that an operator has out by another store: its mark there would go on to
 * keep it out.
 */
export function examineElsewhere(
  { direction, servers, terms }: Pick<MaintenanceRun, 'direction' | 'servers' | 'terms'>,
  tables: readonly MarkedTable[],
): Result<void> {
  if (direction === 'out') return ok(undefined);
  for (const { remembered, snapshot } of tables) {
    const mark = remembered.find(
      ({ at, reason, service, server }) =>
        at !== undefined &&
        reason === 'operator' &&
        (terms.services?.includes(service) ?? true) &&
        servers.some((name) => isNamed(name, server)) &&
        weightIn(snapshot, service, server) === 0,
    );
    if (!mark) continue;
    const next: Advice = ['bring it in there: ', inCommand(mark.server, mark.at)];
    return fail({
      kind: 'conflict',
      what: outSentence(mark.server, mark),
      where: mark.service,
      next,
    });
  }
  return ok(undefined);
}

const weightIn = (
  snapshot: Pick<Snapshot, 'services'>,
  service: ServiceKey,
  server: ServerKey,
): number | undefined => {
  const found = findService(snapshot, service);
  return found && findServer(found, server)?.weight;
};
