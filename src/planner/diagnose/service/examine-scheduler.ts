import type { Diagnostic } from '../../../domain/failure.ts';
import type { ServiceSample, VirtualService } from '../../../domain/ipvs/ipvs.ts';
import type {
  DrainRequest,
  RampRequest,
  ScheduledStep,
  ServicePlan,
} from '../../../domain/rollout/plan.ts';
import {
  connectionsInARow,
  isCountingScheduler,
  type LoadedServer,
} from '../../weights/connections-in-a-row.ts';
import { placesOf, weightUse } from '../../weights/schedulers.ts';

type Switch = Pick<DrainRequest, 'setScheduler'>;

/** The scheduler in force once the plan has started: that of `--set-scheduler` wherever it is given. */
export const schedulerAfter = (
  { setScheduler }: Switch,
  { scheduler }: Pick<VirtualService, 'scheduler'>,
): string => setScheduler ?? scheduler;

const switching =
  'let the plan switch it with --set-scheduler wrr (and back with --restore-scheduler)';
const switchingOrLeaving = `${switching}, or leave the service out with --service`;

/** Finds a scheduler that cannot drain, or not exactly. */
export function examineScheduler(request: Switch, service: VirtualService): readonly Diagnostic[] {
  if (schedulerAfter(request, service) !== service.scheduler) return [];
  const { scheduler } = service;
  switch (weightUse(service)) {
    case 'ignored':
      return [
        {
          severity: 'error',
          kind: 'preflight',
          code: 'scheduler-ignores-weights',
          service: service.key,
          message: `its scheduler ${scheduler} does not share by weight, so a ramp would do nothing until the last step`,
          next: switchingOrLeaving,
        },
      ];
    case 'refuses-at-zero':
      return [
        {
          severity: 'error',
          kind: 'preflight',
          code: 'scheduler-refuses-at-zero',
          service: service.key,
          message: `its scheduler ${scheduler} without a fallback flag refuses the clients of a server at weight 0: quiescing would be an outage`,
          next:
            scheduler === 'dh'
              ? switchingOrLeaving
              : `set the flag (ipvsadm -E … -s ${scheduler} -b ${scheduler}-fallback), or ${switchingOrLeaving}`,
        },
      ];
    case 'counts-connections':
    case 'keeps-destinations':
    case 'approximate':
      return [
        {
          severity: 'warning',
          code: 'scheduler-approximates-weights',
          service: service.key,
          message: `its scheduler ${scheduler} does not follow weights exactly${whyNot(service)}, so the shares will be off the plan`,
        },
      ];
    case 'unknown':
      return [
        {
          severity: 'warning',
          code: 'scheduler-unknown',
          service: service.key,
          message: `its scheduler ${scheduler} is not known to drain: whether it follows weights is yours to know`,
        },
      ];
    case 'exact':
      return [];
  }
}

/** Says what moves in the place of a weight's share, where a few words can. */
function whyNot(service: VirtualService): string {
  if (weightUse(service) === 'keeps-destinations') {
    return ' (all connections for one address stay on one server until that has weight 0)';
  }
  return ['sh', 'mh'].includes(service.scheduler)
    ? ' (all connections of one client go to one server)'
    : '';
}

/**
 * Finds that the new servers get every connection for a while, and not a step's share. Steps that were
 * chosen one by one say how much may be at stake: there, such a scheduler is refused.
 */
export function examineFirstStep(
  { percentages }: Pick<RampRequest, 'percentages'>,
  plan: ServicePlan,
  { schedule, sample }: FirstStepView,
): readonly Diagnostic[] {
  const { baseline, scheduler } = plan;
  const use = weightUse(baseline);
  const isCounting = use === 'counts-connections';
  if (scheduler !== baseline.scheduler || !(isCounting || use === 'keeps-destinations')) return [];
  const step = firstStep(plan);
  const fraction = schedule[step]?.fraction;
  const found = fraction !== undefined && uneven(plan, { step, fraction, sample });
  if (!found) return [];
  if ((percentages?.[0] ?? 100) < 50) {
    return [
      {
        ...found,
        severity: 'error',
        kind: 'preflight',
        service: plan.service,
        next: 'let the plan switch it while it lasts, with --set-scheduler wrr --restore-scheduler, or move all as a ramp, with --over instead of --steps',
      },
    ];
  }
  // The share of a ramp is not promised: that it is off has been said.
  return isCounting
    ? [{ ...found, severity: 'warning', service: plan.service, next: switching }]
    : [];
}

/**
 * Finds weights that add up to more than the scheduler's table has places: who is last in it gets few
 * clients or none, whatever its weight.
 */
export function examinePlaces(
  { service, scheduler }: Pick<ServicePlan, 'service' | 'scheduler'>,
  weights: readonly (readonly number[])[],
): readonly Diagnostic[] {
  const places = placesOf({ scheduler });
  const total = Math.max(0, ...weights.map((all) => all.reduce((a, b) => a + b, 0)));
  if (places === undefined || total <= places) return [];
  return [
    {
      severity: 'warning',
      code: 'scheduler-out-of-places',
      service,
      message: `its scheduler ${scheduler} shares ${places} places out, one for each unit of weight, and the weights add up to ${total}: servers beyond the first ${places} get fewer clients than their share, or none`,
      next: `divide all weights of the service alike, so that they add up to ${places} at most, or ${switching}`,
    },
  ];
}

/** The steps of a plan, and the connections of its service as they are now. */
export interface FirstStepView {
  readonly schedule: readonly ScheduledStep[];
  readonly sample: ServiceSample | undefined;
}

/** The first step at which a new server has weight; -1 where there is none. */
const firstStep = ({ servers, newServers, steps }: ServicePlan): number =>
  steps.findIndex(
    (weights, step) =>
      step > 0 && newServers.some((server) => (weights[servers.indexOf(server)] ?? 0) > 0),
  );

function uneven(
  { scheduler, servers, newServers, steps }: ServicePlan,
  at: Pick<FirstStepView, 'sample'> & { readonly step: number; readonly fraction: number },
): Pick<Diagnostic, 'code' | 'message'> | undefined {
  const share = `the step of ${Number((100 * at.fraction).toFixed(1))} %`;
  if (!isCountingScheduler(scheduler)) {
    const message = `its scheduler ${scheduler} keeps all connections for one address on one server until that has weight 0: at ${share} the new servers get none of them, or all in a row`;
    return { code: 'scheduler-keeps-destinations', message };
  }
  const gaining = new Set(newServers);
  const loaded = servers.map((server, index): LoadedServer => {
    const { activeConn = 0, inActConn = 0 } = at.sample?.servers.get(server) ?? {};
    const weight = steps[at.step]?.[index] ?? 0;
    return { weight, activeConn, inActConn, isNew: gaining.has(server) };
  });
  const { ending, staying, isEven } = connectionsInARow(scheduler, loaded);
  if (isEven) return undefined;
  const many =
    ending === undefined
      ? `all new ones go to them in a row, until ${staying} stay open at once`
      : `up to ${ending} new ones in a row go to them, ${staying} of those that stay open`;
  const message = `its scheduler ${scheduler} counts connections, and the servers that gain weight have too few for it: from ${share} on ${many}`;
  return { code: 'scheduler-counts-connections', message };
}
