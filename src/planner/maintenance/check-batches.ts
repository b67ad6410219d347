import type { ServerName } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { buildMaintenance, type MaintenanceTable } from './build-maintenance.ts';
import type { MaintenanceRequest } from './maintenance-request.ts';
import { isNamed, type Remembered, weightBefore } from './remembered.ts';

export interface BatchRequests {
  readonly out: Omit<MaintenanceRequest, 'servers' | 'direction'>;
  readonly in: Omit<MaintenanceRequest, 'servers' | 'direction'>;
}

export interface CheckedBatches {
  /** Errors only; each error once, though several batches have it. */
  readonly errors: readonly Diagnostic[];
  /** The plan by which the first batch would come in. */
  readonly firstIn?: Plan;
  /** The plans by which the batches would go out of the present tables. */
  readonly outs: readonly Plan[];
}

/**
 * Checks on paper that each batch can be taken out of the present tables and brought in again: what
 * would stop the last is found before the first is touched. The batch before is in again by then.
 */
export function checkBatches(
  batches: readonly (readonly ServerName[])[],
  requests: BatchRequests,
  tables: readonly MaintenanceTable[],
): CheckedBatches {
  const errors = new Map<string, Diagnostic>();
  let firstIn: Plan | undefined;
  const outs: Plan[] = [];
  for (const servers of batches) {
    const out = buildMaintenance({ direction: 'out', servers, ...requests.out }, tables);
    const back = buildMaintenance(
      { direction: 'in', servers, ...requests.in },
      tables.map((table) => takenOut(table, servers, requests.out.services)),
    );
    firstIn ??= back.plan;
    if (out.plan) outs.push(out.plan);
    const found = [out, back].flatMap(({ diagnostics }) =>
      diagnostics.filter(({ severity }) => severity === 'error'),
    );
    for (const one of found) errors.set(`${one.service} ${one.message}`, one);
  }
  return { errors: [...errors.values()], outs, ...(firstIn ? { firstIn } : {}) };
}

function takenOut(
  table: MaintenanceTable,
  names: readonly ServerName[],
  asked: BatchRequests['out']['services'],
): MaintenanceTable {
  const remembered: Remembered[] = [];
  const services = table.snapshot.services.map((service) => {
    if (asked && !asked.includes(service.key)) return service;
    const servers = service.servers.map((server) => {
      if (!names.some((name) => isNamed(name, server.key))) return server;
      const weight = weightBefore(table.remembered, service.key, server);
      const place = { service: service.key, server: server.key } as const;
      remembered.push({ ...place, reason: 'operator', weight });
      return { ...server, weight: 0 };
    });
    return { ...service, servers };
  });
  const isNew = (one: Remembered): boolean =>
    remembered.some(
      ({ reason, service, server }) =>
        reason === one.reason && service === one.service && server === one.server,
    );
  return {
    ...table,
    snapshot: { ...table.snapshot, services },
    remembered: [...table.remembered.filter((one) => !isNew(one)), ...remembered],
  };
}
