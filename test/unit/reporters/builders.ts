import { parseServerName, type ServerKey, type ServiceKey } from '../../../src/domain/address.ts';
import type { DrainEvent, EventBody } from '../../../src/domain/events/event.ts';
import type { RealServer } from '../../../src/domain/ipvs/ipvs.ts';
import type {
  Plan,
  RolloutPolicy,
  ServicePlan,
  WeightScale,
} from '../../../src/domain/rollout/plan.ts';
import type { LiveText, StartLiveText } from '../../../src/reporters/live/live-text.ts';
import type { Output } from '../../../src/reporters/reporter.ts';

export const web = 'tcp/10.0.0.100:80';
export const blue = '10.0.0.1:80';
export const green = '10.0.0.2:80';
export const third = '10.0.0.3:80';

/** An event so many seconds after 2026-01-01T00:00:00Z. */
export const event = (seconds: number, body: EventBody): DrainEvent => ({
  v: 1,
  at: new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString(),
  rollout: 'r1',
  ...body,
});

export const stepApplied = (
  step: number,
  of: number,
  weights: Readonly<Record<string, number>>,
  where: { readonly director?: string; readonly service?: string } = {},
): EventBody => ({
  type: 'step-applied',
  director: 'local',
  service: web,
  ...where,
  step,
  of,
  weights,
  movedFraction: step / of,
  lateMs: 0,
  applyMs: 2,
});

export const sample = (
  server: string,
  activeConn: number,
  inActConn = 0,
  weight = 0,
): EventBody => ({
  type: 'sampled',
  director: 'local',
  service: web,
  server,
  activeConn,
  inActConn,
  persistConn: 0,
  weight,
});

export const atBlue = { director: 'local', service: web, server: blue } as const;

export const policy: RolloutPolicy = {
  drainTimeoutMs: 600_000,
  settleMs: 5_000,
  pollMs: 1_000,
  onTimeout: 'hold',
  onFailure: 'rollback',
  onInterrupt: 'hold',
  keep: false,
};

export interface ServiceOptions {
  readonly service?: string;
  readonly old?: readonly string[];
  readonly new?: readonly string[];
  readonly bystanders?: readonly string[];
  readonly steps?: number;
  readonly added?: boolean;
  readonly scheduler?: string;
  readonly schedulerBefore?: string;
  readonly scale?: Partial<WeightScale>;
}

/** Every old server holds 20 to begin with, and in the end every new one; bystanders hold 5. */
export function servicePlan(options: ServiceOptions = {}): ServicePlan {
  const { service = web, old = [blue], bystanders = [third], steps = 4 } = options;
  const filled = options.new ?? [green];
  const { scheduler = 'wrr', schedulerBefore = scheduler, added = false } = options;
  const weightsAt = (fraction: number): readonly number[] => [
    ...old.map(() => Math.round(20 * (1 - fraction))),
    ...filled.map(() => Math.round(20 * fraction)),
    ...bystanders.map(() => 5),
  ];
  return {
    service: service as ServiceKey,
    baseline: {
      key: service as ServiceKey,
      address: { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 },
      scheduler: schedulerBefore,
      schedulerFlags: [],
      onePacket: false,
      servers: [...old, ...bystanders].map((key) => realServer(key, 20)),
    },
    scheduler,
    oldServers: old as readonly ServerKey[],
    newServers: filled as readonly ServerKey[],
    servers: [...old, ...filled, ...bystanders].map((key) => key as ServerKey),
    added: added ? filled.map((key) => realServer(key, 0)) : [],
    steps: Array.from({ length: steps + 1 }, (_, step) => weightsAt(step / steps)),
    finalWeights: [...old.map(() => 0), ...filled.map(() => 100), ...bystanders.map(() => 25)],
    scale: {
      multiplier: 5,
      divisor: 25,
      totalWeight: 25,
      baselineTotalWeight: 125,
      connectionsPerStep: 1500,
      errorConnections: 2.6,
      ...options.scale,
    },
  };
}

function realServer(key: string, weight: number): RealServer {
  const { address = key, port = 0 } = parseServerName(key) ?? {};
  return {
    key: key as ServerKey,
    address,
    port,
    forwarding: 'masq',
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

export interface PlanOptions {
  readonly services?: readonly ServicePlan[];
  readonly directors?: readonly string[];
  readonly stepMs?: number;
  readonly policy?: Partial<RolloutPolicy>;
}

export function plan(options: PlanOptions = {}): Plan {
  const { services = [servicePlan()], directors = ['local'], stepMs = 15_000 } = options;
  const [first = servicePlan()] = services;
  const steps = first.steps.length - 1;
  return {
    from: first.oldServers,
    to: first.newServers,
    overMs: steps * stepMs,
    everyMs: stepMs,
    schedule: first.steps.map((_, step) => ({ atMs: step * stepMs, fraction: step / steps })),
    directors: directors.map((director) => ({ director, services })),
    policy: { ...policy, ...options.policy },
  };
}

/** A terminal that remembers what was written. */
export function fakeOutput(options: Partial<Output> = {}) {
  const written: string[] = [];
  const output: Output = {
    write: (text) => written.push(text),
    isTty: true,
    columns: 80,
    rows: 24,
    movesCursor: true,
    colour: false,
    ...options,
  };
  return {
    output,
    /** Without the line feed at the end. */
    lines: () => written.join('').split('\n').slice(0, -1),
    text: () => written.join(''),
  };
}

/** Live text that can be looked at, and knows whether it is on the screen. */
export function fakeLiveText() {
  const state = {
    lines: (_rows: number): readonly string[] => [],
    running: false,
    started: 0,
    writtenAbove: 0,
  };
  const start: StartLiveText = (lines) => {
    Object.assign(state, { lines, running: true, started: state.started + 1 });
    const live: LiveText = {
      above: (write) => {
        state.writtenAbove++;
        write();
      },
      stop: () => {
        state.running = false;
      },
    };
    return live;
  };
  return { start, state };
}
