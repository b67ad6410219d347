import { fail, ok, type Result } from '../../domain/failure.ts';
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
  }: { readonly rollout: string; readonly store: Store; readonly request: ControlRequest },
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
    const asked = await store.ask(rollout, request);
    if (!asked.ok) return asked;
    const { pid, host } = holder;
    audience.note({ kind: 'requested', rollout, request: request.kind, pid, host });
    return ok({ kind: 'requested', exitCode: 0 });
  }
  if (request.kind === 'rollback') {
    const { pace } = request;
    const stop = ports.listenForStop();
    return resumeRollout(ports, { rollout, store, stop, direction: 'back', pace }, audience);
  }
  return fail({
    kind: 'usage',
    what: `rollout ${rollout} is not running, so there is nothing to ${request.kind}`,
    next: `go on with ${commandText(['resume', rollout])}, or back with ${commandText(['rollback', rollout])}`,
  });
}
