import { type BodyKind, readBody } from '../../config/control/request-body.ts';
import { type GivenOptions, isOn } from '../../config/options/options.ts';
import { readResumeTerms } from '../../config/settings/resume-terms.ts';
import { readRollbackPace } from '../../config/settings/settings.ts';
import type { Audience, Outcome, OwnNote } from '../../control/audience.ts';
import { abandon } from '../../control/resume/abandon.ts';
import { requestOf } from '../../control/resume/request.ts';
import { resume } from '../../control/resume/resume.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Store } from '../../rollout/ports.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import { beyondRole } from '../access/limits.ts';
import type { Call, Handler } from '../call.ts';
import type { ApiDeps } from '../deps.ts';
import { type ApiRefusal, refusalOf, refuse } from '../problem.ts';
import { actorOf } from '../run/actors.ts';
import { reasonIn } from './asked-plan.ts';
import { askedRollout } from './rollouts.ts';
import { endedOtherwise } from './start.ts';

/** What is done to a rollout, with the options of the body. */
type Act = (
  deps: Pick<ApiDeps, 'ports'>,
  asked: { readonly rollout: string; readonly store: Store; readonly given: GivenOptions },
  audience: Audience<OwnNote>,
) => Promise<Result<Outcome>>;

/** Hands a request in to the process that runs the rollout, which may be this one, and does not wait for it. */
const asking =
  (request: ControlRequest): Act =>
  ({ ports }, { rollout, store }, audience) =>
    requestOf(ports, { rollout, store, request, waits: false }, audience);

const rollBack: Act = async ({ ports }, { rollout, store, given }, audience) => {
  const pace = readRollbackPace(given);
  if (!pace.ok) return pace;
  const terms = readResumeTerms(given, 'back');
  if (!terms.ok) return terms;
  const request = { kind: 'rollback', ...(pace.value ? { pace: pace.value } : {}) } as const;
  return requestOf(ports, { rollout, store, request, waits: false, terms: terms.value }, audience);
};

const goOn: Act = async ({ ports }, { rollout, store, given }, audience) => {
  const terms = readResumeTerms(given, 'forward');
  return terms.ok ? resume(ports, { rollout, store, terms: terms.value }, audience) : terms;
};

const giveUp: Act = ({ ports }, { rollout, store }, audience) =>
  abandon(ports, { rollout, store }, audience);

/** The handler of something that is done to a rollout; answers as soon as it is under way. */
const acting =
  (kind: BodyKind, act: Act): Handler =>
  async (call, deps) => {
    const given = bodyOf(kind, call);
    if (!given.ok) return given;
    const found = await askedRollout(call, deps);
    if (!found.ok) return found;
    const { site, seen } = found.value;
    // Whoever leads on or back what has a reason needs none of their own.
    const reason = reasonIn(given.value, undefined);
    if (!reason.ok) return reason;
    const { rollout } = seen;
    const { remoteAddress } = call.incoming.socket;
    const actor = actorOf(call.caller, { remoteAddress, reason: reason.value });
    const begun = await deps.runs.begin((heard) => {
      const audience = deps.audienceOf(site.tools, { actor, ...heard });
      return act(deps, { rollout, store: site.store, given: given.value }, audience);
    });
    if (!begun.ok) return begun;
    const otherwise = begun.value.kind === 'over' ? endedOtherwise(begun.value) : undefined;
    return otherwise ? fail(otherwise) : ok({ status: 202, json: { rollout } });
  };

/** The options of a body; to go past what is refused takes the role that starts things. */
export function bodyOf(kind: BodyKind, { body, caller }: Call): Result<GivenOptions, ApiRefusal> {
  const given = readBody(kind, body);
  if (!given.ok) return fail(refusalOf(given.failure));
  if (!isOn(given.value, 'force')) return given;
  const beyond: Failure | undefined = beyondRole(caller, 'start');
  return beyond ? fail(refuse(403, { ...beyond, where: given.value.get('force')?.where })) : given;
}

export const postPause = acting('reason', asking({ kind: 'pause' }));
export const postContinue = acting('reason', asking({ kind: 'continue' }));
export const postPromote = acting('reason', asking({ kind: 'promote' }));
export const postRollback = acting('rollback', rollBack);
export const postResume = acting('resume', goOn);
export const postAbandon = acting('reason', giveUp);
