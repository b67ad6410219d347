import type { ColourName } from '../../charts/colours.ts';
import type { TimeChart, TimeSeries } from '../../charts/time-chart.ts';
import { amount } from '../../charts/time-chart-option.ts';
import { fullName } from '../../domain/places/named-servers.ts';
import { roleWord } from '../../domain/rollout/maintenance.ts';
import type {
  RolloutRecord,
  ServerRecord,
  ServerRole,
  ServiceRecord,
  Span,
} from '../../record/rollout-record.ts';
import { connectionsOf, evenly, held, shareSeries } from './series.ts';

type Surroundings = Pick<TimeChart, 'fromMs' | 'toMs' | 'bands' | 'marks'>;

/** Planned and delivered share of the followed servers over time. */
export const shareChart = (service: ServiceRecord, record: RolloutRecord): TimeChart => ({
  ...surroundings(record),
  title: `Share of new connections on the ${roleWord(service.shareOf, record.plan.move)} servers`,
  unit: 'percent',
  series: shareSeries(service, record.untilMs),
});

/** Charts of each server's base weight and of the connections that are still open. */
export function tableCharts(service: ServiceRecord, record: RolloutRecord): readonly TimeChart[] {
  const around = surroundings(record);
  const weights: TimeChart = {
    ...around,
    title: 'Base weights',
    unit: 'count',
    series: weightSeries(service, record),
  };
  const connections = connectionsOf(service, record.plan.names).map(
    ({ title, series }): TimeChart => ({ ...around, title, unit: 'count', series: [series] }),
  );
  return [weights, ...connections];
}

const colours: Readonly<Record<ServerRole, readonly ColourName[]>> = {
  old: ['old', 'old-2', 'old-3'],
  new: ['new', 'new-2', 'new-3'],
  bystander: ['bystander'],
};
const lines = ['solid', 'dashed', 'dotted'] as const;

/** More lines than this in one picture are a tangle. */
const mostServers = 9;

function weightSeries({ servers }: ServiceRecord, record: RolloutRecord): readonly TimeSeries[] {
  const seen: Record<ServerRole, number> = { old: 0, new: 0, bystander: 0 };
  return servers.slice(0, mostServers).map((server): TimeSeries => {
    const { role, weights } = server;
    const nth = seen[role]++;
    const own = colours[role];
    return {
      name: `${fullName(server.server, record.plan.names)}, ${roleWord(role, record.plan.move)}: ${beforeAndAfter(server)}`,
      colour: own[nth % own.length] ?? role,
      line: lines[Math.floor(nth / own.length) % lines.length] ?? 'solid',
      stair: true,
      points: held(
        evenly(weights).map(({ atMs, baseWeight }) => [atMs, baseWeight]),
        record.untilMs,
      ),
    };
  });
}

/** A server's first base weight and its last: `100 → 0`. */
function beforeAndAfter({ weights }: ServerRecord): string {
  const [first, last] = [weights[0], weights.at(-1)].map((one) => weightText(one?.baseWeight));
  return first === last ? `${first}` : `${first} → ${last}`;
}

const weightText = (weight: number | null | undefined): string =>
  typeof weight === 'number' ? amount(weight, 'count') : 'none';

/** The servers whose weights are not drawn. */
export const notDrawn = ({ servers }: ServiceRecord): number =>
  Math.max(0, servers.length - mostServers);

function surroundings({ startedAtMs, untilMs, spans, events, gates }: RolloutRecord): Surroundings {
  const turns = events
    .filter(({ type }) => type === 'rollback-started')
    .map(({ at }) => ({ atMs: Date.parse(at), name: 'rollback' }));
  const failures = gates
    .filter(({ verdict }) => verdict === 'failed')
    .map(({ atMs }) => ({ atMs, name: 'gate failed' }));
  return {
    fromMs: startedAtMs,
    toMs: untilMs,
    bands: spans.flatMap(({ kind, fromMs, toMs }) =>
      kind === 'ramp' ? [] : [{ name: spanNames[kind], fromMs, toMs }],
    ),
    marks: [...turns, ...failures].slice(0, mostMarks),
  };
}

const mostMarks = 20;

export const spanNames: Readonly<Record<Span['kind'], string>> = {
  ramp: 'ramp',
  pause: 'pause',
  drain: 'drain',
  return: 'going back',
  stopped: 'stopped',
};
