import * as z from 'zod';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { type CompiledPlan, compiledVersion } from '../../domain/rollout/plan.ts';
import { accessSchema } from '../../files/access-schema.ts';
import { planSchema } from '../../files/plan-schema.ts';

const compiledSchema = z.strictObject({
  drainPlan: z.literal(compiledVersion),
  access: accessSchema,
  plan: planSchema,
  reason: z.string().max(4_096).exactOptional(),
}) satisfies z.ZodType<CompiledPlan>;

/** Whether a file is meant as a compiled plan, as opposed to a plan file in YAML. */
export const looksCompiled = (text: string): boolean => /^\s*\{\s*"drainPlan"/.test(text);

/** A compiled plan, held against its schema and against itself. */
export function parseCompiledPlan(text: string, file: string): Result<CompiledPlan> {
  const refuse = (why: string): Result<CompiledPlan> =>
    fail({
      kind: 'usage',
      what: `${printable(file)} is no compiled plan of this version: ${printable(why)}`,
      next: 'compile it again with drain plan -o, and do not edit it by hand',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const checked = compiledSchema.safeParse(value);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    return refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
  }
  const { directors, schedule } = checked.data.plan;
  const lopsided = directors
    .flatMap((director) => director.services)
    .find((service) => service.steps.length !== schedule.length);
  if (lopsided) return refuse(`${lopsided.service} does not have weights for each step`);
  return ok(checked.data);
}
