import { formatServerName } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import { type Snapshot, totalWeight } from '../../domain/ipvs/ipvs.ts';
import { shortList } from '../../domain/printable.ts';
import { notFound } from '../maintenance/select-out.ts';
import { askedServices, serversNamed } from '../select-services.ts';
import type { MoveRequest, MoveSelection, MovingServer, SelectedMove } from './move-request.ts';
import { namedTwice } from './select-added.ts';

/**
 * Selects in each service the servers of the request that it holds, with their new weights; one that has
 * that weight already is selected all the same, and moves by nothing.
 */
export function selectWeights(
  request: MoveRequest,
  snapshot: Pick<Snapshot, 'services'>,
): SelectedMove {
  const diagnostics: Diagnostic[] = [];
  const services = askedServices(request, snapshot, diagnostics);
  const selections = services.flatMap((service): readonly MoveSelection[] => {
    const named = request.servers.flatMap(({ name, weight = 0 }) =>
      serversNamed(service, name).map((server) => ({ server, target: weight, added: false })),
    );
    const seen = new Map<string, MovingServer>();
    for (const one of named) {
      const before = seen.get(one.server.key);
      if (before && before.target !== one.target) diagnostics.push(namedTwice(service, one.server));
      seen.set(one.server.key, one);
    }
    const moving = [...seen.values()];
    if (moving.length === 0) return [];
    const moved = new Set(moving.map(({ server }) => server));
    const bystanders = service.servers.filter((server) => !moved.has(server));
    const selection = { service, moving, bystanders };
    diagnostics.push(...examineRest(selection, request.force));
    return [selection];
  });
  for (const { name } of request.servers) {
    if (services.some((service) => serversNamed(service, name).length > 0)) continue;
    if (diagnostics.some(({ code }) => code === 'unknown-service')) continue;
    diagnostics.push(notFound(formatServerName(name), request, snapshot));
  }
  return { selections, diagnostics };
}

/** A service whose last weight would go refuses its clients from then on. */
function examineRest(
  { service, moving, bystanders }: MoveSelection,
  force: boolean,
): readonly Diagnostic[] {
  const left = moving.some(({ target }) => target > 0) || totalWeight(bystanders) > 0;
  if (left || totalWeight(service.servers) === 0) return [];
  const at = { code: 'no-weight-left', service: service.key } as const;
  const who = shortList(moving.map(({ server }) => server.key));
  const would = `with ${who} at weight 0 no server of it would have weight, and its clients would be refused`;
  return force
    ? [{ ...at, severity: 'warning', message: `${would}: as asked for with --force` }]
    : [
        {
          ...at,
          severity: 'error',
          kind: 'preflight',
          message: would,
          next: 'give another server weight first, leave the service out with --service, or insist with --force',
        },
      ];
}
