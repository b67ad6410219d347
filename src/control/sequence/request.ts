import { fail, ok, type Result } from '../../domain/failure.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { nextItem } from '../../domain/rollout/sequence.ts';
import type { Store } from '../../rollout/ports.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import { sequenceResource } from './run.ts';

/** The process that runs a sequence, and the rollout that it is at. */
export interface SequenceNow {
  readonly isOver: boolean;
  readonly pid: number | undefined;
  readonly rollout: string | undefined;
}

/** A sequence as it is now; `undefined` where the id is none of a sequence. */
export async function sequenceNow(
  store: Store,
  sequence: string,
): Promise<Result<SequenceNow> | undefined> {
  const read = await store.sequences.read(sequence);
  if (!read.ok) return read;
  const { value: record } = read;
  if (!record) return undefined;
  const holder = await store.holder(sequenceResource(sequence));
  const rollout = record.items[nextItem(record)]?.rollout;
  return ok({ isOver: isFinalEnd(record.end), pid: holder?.pid, rollout });
}

/** The refusal of a request to a sequence that has no rollout under way. */
export const nothingUnderWay = (
  sequence: string,
  { isOver, pid }: SequenceNow,
  kind: ControlRequest['kind'],
): Result<never> =>
  fail({
    kind: 'usage',
    what:
      pid === undefined
        ? `${sequence} is not running, so there is nothing to ${kind}`
        : `${sequence} is between two rollouts (process ${pid}), so there is nothing to ${kind}`,
    next: isOver
      ? 'start a new one with drain apply'
      : pid === undefined
        ? ['go on with ', ['resume', sequence], ', or end it with ', ['rollback', sequence]]
        : ['say it again once the next has begun: ', ['status', sequence], ' shows it'],
  });
