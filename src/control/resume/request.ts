import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { commandText } from '../../domain/rollout/rollout-status.ts';
import type { ControlRequest, Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { requestOfAround } from '../around/resume.ts';
import type { Audience, Outcome } from '../audience.ts';
import { resumeRollout } from '../conduct/resume-rollout.ts';
import type { ControlPorts } from '../ports.ts';

/**
 * Hands a request (pause, continue, rollback) to the process that runs a rollout. Where none does, a
 * rollback is made here, and the others have nothing to act on.
 */
export async function requestOf(
  ports: ControlPorts,
  {
    rollout,
    store,
    request,
    terms,
  }: {
    readonly rollout: string;
    readonly store: Store;
    readonly request: ControlRequest;
    /** Terms for a rollback that is made here. */
    readonly terms?: ResumeTerms | undefined;
  },
  audience: Audience,
): Promise<Result<Outcome>> {
  const ofAround = await requestOfAround(ports, { around: rollout, store, request }, audience);
  if (ofAround) return ofAround;
  const entries = await store.read(rollout);
  if (!entries.ok) return entries;
  const { plan, access } = foldJournal(entries.value);
  const [resource = ''] = resourcesOf(plan, access);
  const holder = await store.holder(resource);
  if (holder?.rollout === rollout) {
    if (terms && hasAny(terms)) return fail(unfitTerms(rollout));
    const asked = await store.ask(rollout, request);
    if (!asked.ok) return asked;
    const { pid, host } = holder;
    audience.note({ kind: 'requested', rollout, request: request.kind, pid, host });
    return ok({ kind: 'requested', exitCode: 0 });
  }
  if (request.kind === 'rollback') {
    const { pace } = request;
    const stop = ports.listenForStop();
    return resumeRollout(ports, { rollout, store, stop, direction: 'back', pace, terms }, audience);
  }
  return fail({
    kind: 'usage',
    what: `rollout ${rollout} is not running, so there is nothing to ${request.kind}`,
    next: `go on with ${commandText(['resume', rollout])}, or back with ${commandText(['rollback', rollout])}`,
  });
}

const hasAny = ({ reaches, accepts, force, ...policy }: ResumeTerms): boolean =>
  reaches.length > 0 || accepts || force || Object.keys(policy).length > 0;

const unfitTerms = (rollout: string): Failure => ({
  kind: 'usage',
  what: `rollout ${rollout} is running, and goes back on the terms that it was begun with`,
  next: `leave the terms out: ${commandText(['rollback', rollout])}`,
});
