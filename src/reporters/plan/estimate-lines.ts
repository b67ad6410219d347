import { assertNever } from '../../domain/assert-never.ts';
import {
  type DrainEstimate,
  type ServerDrainEstimate,
  slownessOf,
} from '../../domain/ipvs/drain-estimate.ts';
import { fullName } from '../../domain/places/named-servers.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { describeEstimate } from '../doctor-report.ts';
import { roughly } from '../text/amounts.ts';
import { wrapWords } from '../text/wrap-words.ts';

/** Says how long the slowest drain is expected to take, and the ramp and the drain together. */
export function estimateLines(
  plan: Plan,
  estimates: readonly ServerDrainEstimate[],
  width: number,
): readonly string[] {
  const [slowest] = estimates.toSorted((a, b) => compare(a.estimate, b.estimate));
  if (!slowest) return [];
  const { server, estimate } = slowest;
  const whose = estimates.length > 1 ? ` of the slowest, ${fullName(server, plan.names)}` : '';
  const waits = plan.schedule.some(({ manual }) => manual)
    ? ', and what it waits for somebody to continue it'
    : '';
  return [
    `Expected drain${whose}: ${describeEstimate(estimate)}.`,
    `Ramp and drain together: ${totalWords(plan, estimate)}${waits}.`,
  ].flatMap((text) => wrapWords(text, { columns: width, rest: '  ' }));
}

/** The slowest first; two that cannot be told are equal. */
function compare(a: DrainEstimate, b: DrainEstimate): number {
  const [before, after] = [slownessOf(a), slownessOf(b)];
  return before === after ? 0 : after - before;
}

function totalWords({ overMs }: Plan, estimate: DrainEstimate): string {
  switch (estimate.kind) {
    case 'about':
      return `about ${roughly(overMs + estimate.ms)}`;
    case 'at-least':
      return `${roughly(overMs + estimate.ms)} or longer`;
    case 'unknown':
      return `${roughly(overMs)}, and what the drain takes`;
    default:
      return assertNever(estimate);
  }
}
