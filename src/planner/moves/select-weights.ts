import { formatServerName } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import { shortList } from '../../domain/printable.ts';
import { examineRest, notFound } from '../maintenance/select-out.ts';
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
    diagnostics.push(
      ...examineRest(selection, request.force, {
        would: `with ${shortList(moving.map(({ server }) => server.key))} at weight 0`,
        instead: 'give another server weight first',
      }),
    );
    return [selection];
  });
  for (const { name } of request.servers) {
    if (services.some((service) => serversNamed(service, name).length > 0)) continue;
    if (diagnostics.some(({ code }) => code === 'unknown-service')) continue;
    diagnostics.push(notFound(formatServerName(name), request, snapshot));
  }
  return { selections, diagnostics };
}
