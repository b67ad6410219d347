import * as z from 'zod';
import { parseDuration } from '../../domain/duration.ts';
import type { Stop } from '../../domain/rollout/plan.ts';
import { gateFields } from './gate-fields.ts';

const scalar = z.union([z.string(), z.number()]).transform(String);
const gates = z
  .strictObject({
    command: gateFields.command.optional().describe('as gateCommand'),
    http: gateFields.http.optional().describe('as gateHttp'),
    prometheus: gateFields.prometheus.optional().describe('as gatePrometheus'),
  })
  .transform(({ command = [], http = [], prometheus = [] }) => [
    ...command,
    ...http,
    ...prometheus,
  ]);

const hold = scalar.transform((text, context): number => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'a duration is needed, such as 90s or 10m' });
  return z.NEVER;
});

/** `25`, or `{percent: 25, hold: 10m, manual: true, gates: {command: ./smoke.sh}}`. */
const stop = z
  .preprocess(
    (step) => (typeof step === 'object' ? step : { percent: step }),
    z.strictObject({
      percent: scalar.describe('how much has moved at this step'),
      hold: hold.optional().describe('how long to stay here (default: every)'),
      manual: z.boolean().optional().describe('stay until drain continue ID'),
      gates: gates.optional().describe('must pass before this step is left'),
    }),
  )
  .transform(({ percent, hold: holdMs, manual, gates: specs }) => {
    const more: Stop = {
      ...(holdMs === undefined ? {} : { holdMs }),
      ...(manual ? { manual } : {}),
      ...(specs ? { gates: specs } : {}),
    };
    return { percent, more };
  });

/** `steps` of a file: percentages, each alone or with what happens there. Not a union, which would hide what is wrong inside. */
export const stepsSchema = z
  .preprocess((steps) => (Array.isArray(steps) ? steps : [steps]), z.array(stop).min(1))
  .transform((steps): { readonly values: readonly string[]; readonly stops?: readonly Stop[] } => {
    const values = steps.map(({ percent }) => percent);
    const stops = steps.map(({ more }) => more);
    return stops.some((one) => Object.keys(one).length > 0) ? { values, stops } : { values };
  });
