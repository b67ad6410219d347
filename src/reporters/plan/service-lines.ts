import type { Diagnostic } from '../../domain/failure.ts';
import { fullName } from '../../domain/places/named-servers.ts';
import { printable } from '../../domain/printable.ts';
import type { Plan, ServicePlan, WeightScale } from '../../domain/rollout/plan.ts';
import { count, grouped, shortPercent } from '../text/amounts.ts';
import { wrapWords } from '../text/wrap-words.ts';
import type { PlannedService } from './planned-services.ts';
import { stepTable } from './step-table.ts';
import { warningLines } from './warning-lines.ts';

/** Heading, warnings and table of one service. */
export function serviceLines(
  plan: Plan,
  { service, title }: PlannedService,
  warnings: readonly Diagnostic[],
  width: number,
): readonly string[] {
  const indented = { columns: width, first: '  ' };
  return [
    ...wrapWords(`${title}, ${schedulerWords(service)}`, { columns: width, rest: '  ' }),
    ...wrapWords(scaleWords(plan, service), indented),
    ...service.added.flatMap(({ key, forwarding }) =>
      wrapWords(
        `${fullName(key, plan.names)} is added at the start, with weight 0 (${forwarding})`,
        indented,
      ),
    ),
    ...warningLines(warnings, width, { namesService: false, indent: '  ' }),
    '',
    ...stepTable(plan, service, width),
  ];
}

function schedulerWords({ scheduler, baseline, restoresScheduler }: ServicePlan): string {
  if (scheduler === baseline.scheduler) return `scheduler ${printable(scheduler)}`;
  const switched = `scheduler ${printable(baseline.scheduler)} switched to ${printable(scheduler)}`;
  return restoresScheduler ? `${switched}, and back at the end` : switched;
}

/**
 * Says how the weights were scaled. A fifth of a table that adds up to 125, 1,500 connections a
 * step: `weights ÷ 5, adding up to 25: of about 1,500 connections a step, a server's share is off
 * by 0.8 connections at most (0.1 %)`.
 */
function scaleWords({ overMs }: Plan, { scale }: ServicePlan): string {
  const { totalWeight, connectionsPerStep, errorConnections } = scale;
  const weights = `weights ${factorWords(scale)}, adding up to ${grouped(totalWeight)}`;
  if (connectionsPerStep !== undefined) {
    const step = `about ${count(connectionsPerStep, 'connection')} a step`;
    const off = `${count(errorConnections, 'connection')} at most (${shortPercent(errorConnections / connectionsPerStep)})`;
    return `${weights}: of ${step}, a server's share is off by ${off}`;
  }
  return overMs === 0 ? weights : `${weights} (no new connections seen to choose the scale by)`;
}

/** `as they are`, `× 4`, `÷ 5`, `× 3/2`. */
function factorWords({ multiplier, divisor }: WeightScale): string {
  if (multiplier === divisor) return 'as they are';
  if (multiplier % divisor === 0) return `× ${multiplier / divisor}`;
  if (divisor % multiplier === 0) return `÷ ${divisor / multiplier}`;
  return `× ${multiplier}/${divisor}`;
}
