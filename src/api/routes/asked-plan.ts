import { readBody } from '../../config/control/request-body.ts';
import { type GivenOptions, layered } from '../../config/options/options.ts';
import { readReason } from '../../config/settings/reason.ts';
import type { ToolSettings } from '../../config/settings/settings.ts';
import { type GivenPlan, planOfGiven } from '../../control/apply/given-plan.ts';
import type { PlannedRollout } from '../../control/apply/planned-rollout.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { beyondLimits, type TouchedPlan } from '../access/limits.ts';
import type { Call } from '../call.ts';
import type { ApiDeps } from '../deps.ts';
import { type ApiRefusal, refusalOf, refuse } from '../problem.ts';
import { nobody, ownServers, type ServedSite, servedSite } from '../site.ts';

export interface AskedPlan {
  readonly site: ServedSite;
  /** The options of the body alone. */
  readonly given: GivenOptions;
  readonly planned: PlannedRollout;
  readonly tools: ToolSettings;
}

/** The plan that a body asks for, on the tables as they are now, where it is the caller's. Changes nothing. */
export async function askedPlan(call: Call, deps: ApiDeps): Promise<Result<AskedPlan, ApiRefusal>> {
  const given = readBody('plan', call.body);
  if (!given.ok) return fail(refusalOf(given.failure));
  const site = await servedSite(deps);
  if (!site.ok) return fail(refusalOf(site.failure));
  const stranger = strangeDirector(given.value, site.value);
  if (stranger) return fail(refusalOf(stranger));
  const asked = planOfBody(given.value, site.value);
  if (!asked.ok) return fail(refusalOf(asked.failure));
  const planned = await asked.value.plan(deps.ports);
  if (!planned.ok) return fail(refusalOf(...first(planned.failure)));
  const beyond = await beyondCaller(call, deps, { site: site.value, plan: planned.value.plan });
  if (beyond) return fail(beyond);
  const { tools } = asked.value;
  return ok({ site: site.value, given: given.value, planned: planned.value, tools });
}

const planOfBody = (given: GivenOptions, { config, given: all }: ServedSite): Result<GivenPlan> =>
  planOfGiven(given, { config, given: layered(given, all) }, () => nobody);

/** Refuses a plan that touches what is not the caller's. */
export async function beyondCaller(
  { caller }: Pick<Call, 'caller'>,
  deps: ApiDeps,
  { site, plan }: { readonly site: Pick<ServedSite, 'scope'>; readonly plan: TouchedPlan },
): Promise<ApiRefusal | undefined> {
  const own = await ownServers(deps, site, caller);
  if (!own.ok) return refusalOf(own.failure);
  const beyond = beyondLimits(caller, plan, own.value);
  return beyond && refuse(403, beyond);
}

/** Refuses directors that the server was not started with: a request opens no way to another machine. */
export function strangeDirector(
  given: GivenOptions,
  { tools }: Pick<ServedSite, 'tools'>,
): Failure | undefined {
  const option = given.get('director');
  const stranger = option?.values
    .flatMap((value) => value.split(','))
    .find((text) => !tools.directors.includes(text.trim()));
  if (stranger === undefined) return undefined;
  return {
    kind: 'usage',
    what: `the server has no director ${printable(stranger)}`,
    where: option?.where,
    next: `it has ${tools.directors.join(', ')}`,
  };
}

/** The reason of a request; refuses a change without one where the config file wants one. */
export function reasonIn(
  given: GivenOptions,
  wanted: string | undefined,
): Result<string | undefined, ApiRefusal> {
  const reason = readReason(given);
  if (!reason.ok) return fail(refusalOf(reason.failure));
  if (reason.value !== undefined || wanted === undefined) return reason;
  return fail(
    refusalOf({
      kind: 'usage',
      what: 'the reason is missing: why this is done',
      where: wanted,
      next: 'send it as "reason": it stands in the journal and wherever the rollout is shown',
    }),
  );
}

/** Failures as a refusal takes them: there is always one. */
export function first(failures: readonly Failure[]): readonly [Failure, ...Failure[]] {
  const [one, ...others] = failures;
  if (!one) throw new Error('a refusal without a failure');
  return [one, ...others];
}
