import type { EventBody } from '../../domain/events/event.ts';
import { type Change, findServer } from '../../domain/ipvs/ipvs.ts';
import { directorNamed, type EngineView, observeDirectors } from '../observe/list-directors.ts';
import { managedEdits } from '../observe/managed-edits.ts';
import {
  afterSuccess,
  type Observation,
  withDirector,
  withFailedEdit,
} from '../observe/observation.ts';
import { drainKey } from '../state/director-state.ts';
import { directorPlan, directorState } from '../state/rollout-state.ts';
import { overlay } from './edit-director.ts';
import { orderChanges } from './order-changes.ts';

export interface Reasserted {
  readonly seen: Observation;
  readonly events: readonly EventBody[];
}

/**
 * Lists a director's services, and sets the weights of the journal again where their manager has just written
 * those of its configuration. The journal says them already, so it gets no entry.
 */
export async function reassert(world: EngineView, name: string): Promise<Reasserted> {
  const { clock, state } = world;
  const { seen } = await observeDirectors(world, [name]);
  const table = seen.directors.get(name)?.table?.snapshot;
  if (!table) return { seen, events: [] };
  const plan = directorPlan(state, name);
  const services = new Map(table.services.map((service) => [service.key, service]));
  const edits = managedEdits(plan, directorState(state, plan), table.samples).flatMap((edit) => {
    const service = services.get(edit.service);
    const row = service && findServer(service, edit.server);
    return edit.kind === 'back' && row ? [{ ...edit, row, weight: edit.expected ?? 0 }] : [];
  });
  if (edits.length === 0) return { seen, events: [] };
  const changes = edits.map(
    ({ service, row, weight }): Change => ({
      kind: 'set-weight',
      service,
      server: { ...row, weight },
    }),
  );
  const applied = await directorNamed(world, name).apply(orderChanges(changes, table), table);
  const nowMs = clock.nowMs();
  if (!applied.ok) {
    const { failure } = applied;
    // Somebody was quicker: what they did is looked at first.
    if (failure.code === 'overtaken') {
      return {
        seen: withDirector(seen, name, ({ table: _, sample: __, ...live }) => live),
        events: [],
      };
    }
    return { seen: withFailedEdit(seen, name, failure, nowMs), events: [] };
  }
  const snapshot = overlay(table, applied.value);
  const now = withDirector(seen, name, (live) => ({
    ...afterSuccess(live, 'edit'),
    table: { atMs: nowMs, snapshot },
    sample: { atMs: nowMs, services: snapshot.samples },
  }));
  const again = edits.map(({ service, server }) => ({
    director: name,
    key: drainKey(service, server),
    atMs: nowMs,
  }));
  return {
    seen: { ...now, reasserted: [...(seen.reasserted ?? []), ...again].slice(-1_000) },
    events: edits.map(({ service, server, found, weight }) => ({
      type: 're-asserted',
      director: name,
      service,
      server,
      found: found ?? 0,
      weight,
    })),
  };
}
