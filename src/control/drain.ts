import type { GivenOptions } from '../config/options.ts';
import { compilePlan } from './compile-plan.ts';
import { runPlan } from './conduct/run-plan.ts';
import type { Environment } from './environment.ts';
import { refuse } from './refuse.ts';

/** The main form: `drain --from OLD --to NEW`. */
export async function drainCommand(env: Environment, given: GivenOptions): Promise<number> {
  const compiled = await compilePlan(env, given);
  return compiled.ok ? runPlan(env, compiled.value) : refuse(env, given, compiled.failure);
}
