import { actLines, actRecords } from '../../domain/actor/acts.ts';
import { type Failure, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import {
  type CommandContext,
  isFinalEnd,
  type RolloutStatus,
  statusOf,
  waysFromAround,
} from '../../domain/rollout/rollout-status.ts';
import { nextItem, type SequenceRecord } from '../../domain/rollout/sequence.ts';
import { wayLines } from '../../reporters/way-lines.ts';
import type { LockHolder, Store } from '../../rollout/ports.ts';
import type { RecordStatus, RecordStatuses } from '../status/record-status.ts';
import { sequenceResource } from './run.ts';

/** Each sequence that is not over, the latest first; or the one of that id, whatever has become of it. */
export async function sequenceStatuses(
  store: Store,
  {
    sequence,
    asJson,
    commands,
  }: {
    readonly sequence: string | undefined;
    readonly asJson: boolean;
    readonly commands?: CommandContext | undefined;
  },
): Promise<Result<RecordStatuses>> {
  const ids = sequence === undefined ? await store.sequences.list() : ok([sequence]);
  if (!ids.ok) return ids;
  const shown: RecordStatus[] = [];
  const unread: Failure[] = [];
  for (const id of ids.value) {
    const read = await store.sequences.read(id);
    if (!read.ok && sequence !== undefined) return read;
    if (!read.ok) {
      unread.push(read.failure);
      continue;
    }
    const record = read.value;
    if (!record || (isFinalEnd(record.end) && sequence === undefined)) continue;
    const holder = await store.holder(sequenceResource(id));
    const status = statusOf({ isRunning: holder !== undefined, end: record.end });
    const text = asJson
      ? `${JSON.stringify(asData(record, status, holder))}\n`
      : asWords(record, { status, holder, commands });
    const key = JSON.stringify([id, status, holder?.pid, record.items, record.acts?.length]);
    shown.push({ state: status, startedMs: record.startedMs, text, key, acts: record.acts });
  }
  return ok({ shown, unread });
}

const asData = (record: SequenceRecord, state: RolloutStatus, holder: LockHolder | undefined) => ({
  rollout: record.sequence,
  kind: 'sequence',
  state,
  ...(holder ? { pid: holder.pid } : {}),
  file: record.file,
  rollouts: record.items.map(({ rollout, isDone }) => ({ rollout: rollout ?? null, isDone })),
  startedAt: new Date(record.startedMs).toISOString(),
  message: record.end?.message ?? '',
  ...actRecords(record.acts),
});

interface Seen {
  readonly status: RolloutStatus;
  readonly holder: LockHolder | undefined;
  readonly commands: CommandContext | undefined;
}

function asWords(record: SequenceRecord, { status, holder, commands }: Seen): string {
  const { sequence, file, first, count, items, end } = record;
  const process = holder ? ` (process ${holder.pid})` : '';
  const done = items.filter(({ isDone }) => isDone).length;
  const index = nextItem(record);
  const rollout = items[index]?.rollout;
  const at =
    index < 0
      ? []
      : [
          `  at rollout ${first + index} of ${count}${rollout === undefined ? ', which has not begun' : `: ${rollout}`}`,
        ];
  const lines = [
    `${sequence}  ${status}${process}  rollouts of ${printable(file)}  ${done} of ${items.length} done`,
    ...actLines(actRecords(record.acts).acts),
    ...(end && !holder ? [`  ${printable(end.message, 1_000)}`] : at),
    ...wayLines(
      waysFromAround(status, sequence),
      commands,
      'the rollout under way; those that are done stand',
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
