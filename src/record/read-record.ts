import { ok, type Result } from '../domain/failure.ts';
import type { Store } from '../rollout/ports.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';
import { buildRecord } from './build-record.ts';
import type { RolloutRecord } from './rollout-record.ts';

/** A rollout as it went so far, whether it runs, was held or is over. */
export async function readRecord(
  store: Pick<Store, 'read' | 'readTrace'>,
  rollout: string,
): Promise<Result<RolloutRecord>> {
  const journal = await store.read(rollout);
  if (!journal.ok) return journal;
  const trace: TraceEntry[] = [];
  let position = 0;
  for (;;) {
    const part = await store.readTrace(rollout, position);
    if (!part.ok) return part;
    if (part.value.position === position) return ok(buildRecord(journal.value, trace));
    for (const entry of part.value.entries) trace.push(entry);
    position = part.value.position;
  }
}
