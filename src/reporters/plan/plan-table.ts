import type { Diagnostic } from '../../domain/failure.ts';
import type { ServerDrainEstimate } from '../../domain/ipvs/drain-estimate.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { count, roughly } from '../text/amounts.ts';
import { wrapWords } from '../text/wrap-words.ts';
import { handOver, untilWords } from '../wording.ts';
import { checkLines } from './check-lines.ts';
import { closingLines } from './closing-lines.ts';
import { estimateLines } from './estimate-lines.ts';
import { type PlannedService, plannedServices } from './planned-services.ts';
import { serviceLines } from './service-lines.ts';
import { isEven, stopLines } from './stop-lines.ts';
import { warningLines } from './warning-lines.ts';

/** Services shown step by step; the plans of the rest are alike. */
const tablesShown = 5;

export interface PlanTold {
  /** Warnings of the planner. */
  readonly diagnostics: readonly Diagnostic[];
  /** How long the old servers are expected to drain; absent where nobody knows. */
  readonly estimates?: readonly ServerDrainEstimate[] | undefined;
  readonly width: number;
  /** The directors are simulated: nobody connects to their servers. */
  readonly isSimulated?: boolean | undefined;
}

/**
 * The plan as a table for people, no line longer than `width`: services step by step, then where it
 * stops, what is asked on the way, what happens after the ramp, and how long all of it takes.
 */
export function formatPlan(plan: Plan, told: PlanTold): string {
  const { diagnostics, estimates = [], width } = told;
  const services = plannedServices(plan);
  const shown = services.slice(0, tablesShown);
  const about = (service: PlannedService): readonly Diagnostic[] =>
    diagnostics.filter((diagnostic) => diagnostic.service === service.service.service);
  const aboutOthers = diagnostics.filter(
    (diagnostic) => !shown.some((service) => service.service.service === diagnostic.service),
  );
  const lines = [
    ...wrapWords(`${handOver(plan)}${untilWords(plan.until)}, ${pace(plan)}`, {
      columns: width,
    }),
    ...shown.flatMap((service) => ['', ...serviceLines(plan, service, about(service), width)]),
    ...restLines(services.slice(tablesShown), width),
    ...(aboutOthers.length > 0 ? ['', ...warningLines(aboutOthers, width)] : []),
    '',
    ...stopLines(plan, width),
    ...checkLines(plan, told),
    ...closingLines(plan, width),
    // A ramp that ends for now leaves nobody to drain.
    ...(plan.until === undefined ? estimateLines(plan, estimates, width) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function pace(plan: Plan): string {
  const { overMs, schedule } = plan;
  const steps = Math.max(1, schedule.length - 1);
  if (overMs === 0) return 'in one step';
  const whole = `${count(steps, 'step')} over ${roughly(overMs)}`;
  return isEven(plan) ? `${whole}, one every ${roughly(overMs / steps)}` : whole;
}

function restLines(rest: readonly PlannedService[], width: number): readonly string[] {
  if (rest.length === 0) return [];
  const names = rest.map(({ title }) => title).join(', ');
  const text = `${count(rest.length, 'more service')} with the same steps: ${names}`;
  return ['', ...wrapWords(text, { columns: width, rest: '  ' })];
}
