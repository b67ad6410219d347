import { runPlan } from '../../control/conduct/run-plan.ts';
import type { DrainEvent } from '../../domain/events/event.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Answered, Call, Handler } from '../call.ts';
import type { ApiDeps } from '../deps.ts';
import { type ApiRefusal, refusalOf, refuse } from '../problem.ts';
import { actorOf } from '../run/actors.ts';
import type { Begun } from '../run/runs.ts';
import { servedSite } from '../site.ts';
import { askedPlan, reasonIn } from './asked-plan.ts';

/** `POST /v1/plan`: what would happen. Changes nothing. */
export const postPlan: Handler = async (call, deps) => {
  const asked = await askedPlan(call, deps);
  if (!asked.ok) return asked;
  const { planned, tools } = asked.value;
  const events: DrainEvent[] = [];
  const failures: Failure[] = [];
  const audience = deps.audienceOf(tools, {
    actor: actorOf(call.caller, { remoteAddress: call.incoming.socket.remoteAddress }),
    isOnlyShown: true,
    onEvent: (event) => events.push(event),
    onFailures: (found) => failures.push(...found),
  });
  await runPlan(deps.ports, { ...planned, dryRun: true }, audience);
  const [failure, ...others] = failures;
  if (failure) return fail(refusalOf(failure, ...others));
  const plan = events.find(({ type }) => type === 'planned');
  const warnings = events.filter(({ type }) => type === 'warning');
  return ok({ status: 200, json: { plan: bodyOf(plan), warnings: warnings.map(bodyOf) } });
};

/** An event without the rollout that there is none of. */
function bodyOf(event: DrainEvent | undefined): object {
  const { v: _, at: __, rollout: ___, actor: ____, ...body } = event ?? {};
  return body;
}

/** `POST /v1/rollouts`: starts a rollout, which goes on here. */
export const postRollouts: Handler = async (call, deps) => {
  const site = await servedSite(deps);
  if (!site.ok) return fail(refusalOf(site.failure));
  const key = call.headers.get('idempotency-key') ?? undefined;
  const keyed = { caller: call.caller.name, key, body: call.body, store: site.value.store };
  const begun = await deps.startedOnce(keyed, () => start(call, deps, key));
  return begun.ok ? ok(accepted(begun.value)) : begun;
};

async function start(
  call: Call,
  deps: ApiDeps,
  key: string | undefined,
): Promise<Result<Begun, ApiRefusal>> {
  const asked = await askedPlan(call, deps);
  if (!asked.ok) return asked;
  const { site, given, planned, tools } = asked.value;
  const reason = reasonIn(given, site.config.requireReason);
  if (!reason.ok) return reason;
  const { remoteAddress } = call.incoming.socket;
  const actor = actorOf(call.caller, { remoteAddress, reason: reason.value, request: key });
  return deps.runs.begin(async (heard) => {
    const audience = deps.audienceOf(tools, { actor, ...heard });
    return ok(await runPlan(deps.ports, { ...planned, dryRun: false }, audience));
  });
}

/** The answer about what was begun. */
export function accepted(begun: Begun): Answered {
  if (begun.kind === 'rollout') return { status: 202, json: { rollout: begun.rollout } };
  const { outcome, lines } = begun;
  return { status: 200, json: { exitCode: outcome.exitCode, message: lines.join('; ') } };
}

/** Refuses what has ended otherwise than as asked for, without a rollout. */
export const endedOtherwise = ({ outcome, lines }: Extract<Begun, { readonly kind: 'over' }>) =>
  outcome.exitCode === 0
    ? undefined
    : refuse(422, { kind: 'gate', what: lines.join('; ') || 'it was not done' });
