import type { ServerKey, ServiceKey } from '../../src/domain/address.ts';
import type { VirtualService } from '../../src/domain/ipvs/ipvs.ts';
import {
  buildMaintenance,
  type MaintenanceTable,
} from '../../src/planner/maintenance/build-maintenance.ts';
import type { MaintenanceRequest } from '../../src/planner/maintenance/maintenance-request.ts';
import type { Remembered } from '../../src/planner/maintenance/remembered.ts';
import { defaultPolicy, server } from './simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from './tables.ts';

export const web = 'tcp/10.0.0.100:80' as ServiceKey;
export const dns = 'udp/10.0.0.100:53' as ServiceKey;

/** Four steps, ten seconds each. */
export const fourSteps = { overMs: 40_000, everyMs: 10_000, curve: 'linear' } as const;

/** `web` holds .1 and .2 with weight 4 and .3 with 0; `dns` holds .1 and .4 with weight 1, at port 53. */
export function twoServices(
  how: Partial<VirtualService> = {},
  more: Partial<MaintenanceTable> = {},
) {
  const atDns = (address: string) => realServer(address, 1, { port: 53 });
  const services = [
    wrrService(
      [realServer('10.0.0.1', 4), realServer('10.0.0.2', 4), realServer('10.0.0.3', 0)],
      how,
    ),
    wrrService([atDns('10.0.0.1'), atDns('10.0.0.4')], {
      address: { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 53 },
    }),
  ];
  const table: MaintenanceTable = {
    director: 'lb',
    snapshot: snapshotOf(services),
    remembered: [],
    ...more,
  };
  return table;
}

/** The mark of a server of `web`. */
export const mark = (key: string, weight: number, more: Partial<Remembered> = {}): Remembered => ({
  service: web,
  server: key as ServerKey,
  reason: 'operator',
  weight,
  ...more,
});

export const names = (text: string) => text.split(',').map(server);

/** `drain out` or `drain in` of servers, by tables as above. */
export function built(
  direction: 'out' | 'in',
  servers: string,
  {
    tables = [twoServices()],
    ...asked
  }: Partial<MaintenanceRequest> & { readonly tables?: readonly MaintenanceTable[] } = {},
) {
  const request: MaintenanceRequest = {
    direction,
    servers: names(servers),
    ramp: fourSteps,
    policy: defaultPolicy,
    force: false,
    ...asked,
  };
  return buildMaintenance(request, tables);
}
