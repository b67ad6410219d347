import { buildRecord } from '../../src/record/build-record.ts';
import type { RolloutRecord } from '../../src/record/rollout-record.ts';
import type { JournalEntries } from '../../src/rollout/ports.ts';
import { type RecordingScript, recordRollout } from './recorded-rollout.ts';
import { target } from './simulated-ipvs.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
`;
const sketch = {
  from: '10.0.0.1',
  to: '10.0.0.2',
  ramp: { overMs: 60_000, everyMs: 6_000 },
};
const busy = {
  service: 'tcp/10.0.0.100:80' as never,
  target,
  perSecond: 40,
  arrivals: 'even',
  lifeMs: 4_000,
  endings: [{ ending: 'client-fin', share: 1 }],
  clients: 50,
  portsPerClient: 20_000,
  packetEveryMs: 500,
} as const;

export const handOverScript = {
  sketch,
  simulation: { table, traffic: [busy] },
  traced: true,
} as const satisfies RecordingScript;

/** The record of a hand-over in a minute, under traffic, on a simulated director. */
export async function recordedHandOver(
  script: Partial<RecordingScript> = {},
): Promise<RolloutRecord> {
  const { entries, trace } = await recordRollout({ ...handOverScript, ...script });
  return buildRecord(entries as JournalEntries, trace);
}

export interface RecordSize {
  readonly steps: number;
  readonly services: number;
  readonly samples: number;
}

/** As long and as wide as they come; what it says makes no sense but for its amount. */
export function largeRecord(small: RolloutRecord, size: RecordSize): RolloutRecord {
  const [service] = small.services;
  const [step] = small.steps;
  const [event] = small.events;
  if (!service || !step || !event) throw new Error('a record with nothing in it');
  const spanMs = 12 * 3_600_000;
  const at = (index: number, of: number) => small.startedAtMs + Math.round((index / of) * spanMs);
  const list = <T>(length: number, make: (index: number) => T) =>
    Array.from({ length }, (_, index) => make(index));
  const { steps, services, samples } = size;
  const servers = service.servers.map((server) => ({
    ...server,
    weights: list(steps, (index) => {
      const weight = index % 70;
      return { atMs: at(index, steps), weight, baseWeight: weight };
    }),
    connections: list(samples, (index) => ({
      atMs: at(index, samples),
      activeConn: (index * 7_919) % 5_000,
      inActConn: (index * 104_729) % 90_000,
    })),
  }));
  const delivered = list(steps, (index) => ({
    fromMs: at(index, steps),
    toMs: at(index + 1, steps),
    connections: 1_000,
    onThem: (index * 31) % 1_000,
    planned: index / steps,
  }));
  return {
    ...small,
    untilMs: small.startedAtMs + spanMs,
    spans: [{ kind: 'ramp', fromMs: small.startedAtMs, toMs: small.startedAtMs + spanMs }],
    steps: list(steps, (index) => ({
      ...step,
      step: index,
      of: steps - 1,
      atMs: at(index, steps),
    })),
    services: list(services, (index) => ({
      ...service,
      service: `tcp/10.0.${index}.100:80`,
      servers,
      delivered,
      plannedShare: list(steps, (one) => ({ atMs: at(one, steps), share: one / steps })),
    })),
    gates: list(steps, (index) => ({
      atMs: at(index, steps),
      gate: 'gate-command ./smoke.sh',
      gateKind: 'command' as const,
      verdict: index % 500 === 0 ? ('failed' as const) : ('passed' as const),
      step: index,
      detail: 'exit code 1',
    })),
    events: list(steps, () => event),
  };
}

/** The same with a text from somebody else wherever the types allow one. */
export function defacedRecord(record: RolloutRecord, text: string): RolloutRecord {
  const keep: ReadonlySet<string> = new Set([
    ...['at', 'type', 'kind', 'outcome', 'role', 'shareOf', 'direction', 'verdict', 'phase'],
    ...['onTimeout', 'onFailure', 'onInterrupt'],
  ]);
  const deface = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return keep.has(key) ? value : text;
    if (Array.isArray(value))
      return value.map((one) => deface(one, typeof one === 'string' ? key : ''));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        key === 'sysctls' || key === 'weights' ? `${text}${name}` : name,
        deface(one, name),
      ]),
    );
  };
  return deface(record, '') as RolloutRecord;
}
