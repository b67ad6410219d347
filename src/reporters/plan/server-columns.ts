import { shortName } from '../../domain/places/named-servers.ts';
import { roleWord } from '../../domain/rollout/maintenance.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { columnsOf } from '../text/columns.ts';
import { distinctParts } from './distinct-parts.ts';

/** The right-hand part of the table of steps: the weights. Every list has the same length. */
export interface WeightColumns {
  /** `old`, `new`, `moved`, or nothing. */
  readonly roles: readonly string[];
  readonly titles: readonly string[];
  step(step: number): readonly string[];
  /** Weights once the old servers are gone. */
  readonly final: readonly string[];
  /** A note on what there was no room for. */
  readonly note?: string;
}

interface Column {
  readonly role: string;
  readonly title: string;
  /** Indices of `servers` whose weights this column adds up. */
  readonly servers: readonly number[];
}

/**
 * The widest choice that fits in `room`: every server; then without the bystanders, whose shares do
 * not change; then with the names' common parts left out; then one column for all old servers and
 * one for all new ones.
 */
export function serverColumns(
  service: ServicePlan,
  { policy: { keep }, names, move }: Pick<Plan, 'policy' | 'names' | 'move'>,
  room: number,
  gap: number,
): WeightColumns {
  const everyone = service.servers.map((_, index) => index);
  const moving = everyone.slice(0, service.oldServers.length + service.newServers.length);
  const full = service.servers.map((server) => shortName(server, names));
  const short = distinctParts(full.slice(0, moving.length));
  const choices = [
    oneEach(service, everyone, full),
    oneEach(service, moving, full),
    oneEach(service, moving, short),
  ];
  const widestNumber = String(Math.max(...service.steps.flat(), ...service.finalWeights)).length;
  const fits = (columns: readonly Column[]): boolean =>
    columns.reduce(
      (sum, { title, role }) => sum + gap + Math.max(columnsOf(title), role.length, widestNumber),
      0,
    ) <= room;
  const columns = choices.find(fits) ?? summedUp(service);
  const hidden = everyone.length - moving.length;
  const allShown = hidden === 0 || columns.length === everyone.length;
  return {
    ...cells(service, columns, keep),
    roles: columns.map(({ role }) => roleWord(role, move)),
    ...(allShown ? {} : { note: bystanderNote(service, hidden) }),
  };
}

const roleOf = ({ oldServers, newServers }: ServicePlan, index: number): string => {
  if (index < oldServers.length) return 'old';
  return index < oldServers.length + newServers.length ? 'new' : '';
};

const oneEach = (
  service: ServicePlan,
  servers: readonly number[],
  titles: readonly string[],
): readonly Column[] =>
  servers.map((index) => ({
    role: roleOf(service, index),
    title: titles[index] ?? '',
    servers: [index],
  }));

function summedUp({ oldServers, newServers }: ServicePlan): readonly Column[] {
  const indices = (from: number, length: number): readonly number[] =>
    Array.from({ length }, (_, index) => from + index);
  const columns: readonly Column[] = [
    { role: 'old', title: `all ${oldServers.length}`, servers: indices(0, oldServers.length) },
    {
      role: 'new',
      title: `all ${newServers.length}`,
      servers: indices(oldServers.length, newServers.length),
    },
  ];
  return columns.filter(({ servers }) => servers.length > 0);
}

function cells(
  service: ServicePlan,
  columns: readonly Column[],
  keep: boolean,
): Omit<WeightColumns, 'note' | 'roles'> {
  const weights = (all: readonly number[]): readonly string[] =>
    columns.map(({ servers }) =>
      String(servers.reduce((sum, index) => sum + (all[index] ?? 0), 0)),
    );
  const final = weights(service.finalWeights);
  return {
    titles: columns.map(({ title }) => title),
    step: (step) => weights(service.steps[step] ?? []),
    final: keep
      ? final
      : final.map((weight, index) => (columns[index]?.role === 'old' ? '–' : weight)),
  };
}

function bystanderNote({ steps, oldServers, newServers }: ServicePlan, hidden: number): string {
  const sum = (weights: readonly number[] = []): number => weights.reduce((a, b) => a + b, 0);
  // With old servers at weight 0 already, --weight comes on top and everybody's share shrinks.
  const isMaintenance = oldServers.length === 0 || newServers.length === 0;
  const unchanged = !isMaintenance && sum(steps[0]) === sum(steps.at(-1)) ? 'shares' : 'weights';
  return `+ ${hidden} bystander${hidden === 1 ? '' : 's'}, ${unchanged} unchanged`;
}
