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
import { sequenceResource } from './run.ts';

export interface SequenceStatus {
  /** The sequence as `drain status` shows it: JSON of one line, or a few lines of words. */
  readonly text: string;
  /** A key that changes with news of the sequence. */
  readonly key: string;
}

export interface SequenceStatuses {
  readonly shown: readonly SequenceStatus[];
  /** Failures of records that cannot be read: the others are shown all the same. */
  readonly unread: readonly Failure[];
}

/** Each sequence as `drain status` and `drain history` show it, the latest first. */
export async function sequenceStatuses(
  store: Store,
  {
    sequence,
    all,
    asJson,
    commands,
  }: {
    readonly sequence: string | undefined;
    /** Whether to show also those that are over. */
    readonly all: boolean;
    readonly asJson: boolean;
    readonly commands?: CommandContext | undefined;
  },
): Promise<Result<SequenceStatuses>> {
  const ids = sequence === undefined ? await store.sequences.list() : ok([sequence]);
  if (!ids.ok) return ids;
  const shown: SequenceStatus[] = [];
  const unread: Failure[] = [];
  for (const id of ids.value) {
    const read = await store.sequences.read(id);
    if (!read.ok && sequence !== undefined) return read;
    if (!read.ok) {
      unread.push(read.failure);
      continue;
    }
    const record = read.value;
    if (!record || (isFinalEnd(record.end) && !all && sequence === undefined)) continue;
    const holder = await store.holder(sequenceResource(id));
    const status = statusOf({ isRunning: holder !== undefined, end: record.end });
    const text = asJson
      ? `${JSON.stringify(asData(record, status, holder))}\n`
      : asWords(record, { status, holder, commands });
    shown.push({ text, key: JSON.stringify([id, status, holder?.pid, record.items]) });
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
    ...(end && !holder ? [`  ${printable(end.message, 1_000)}`] : at),
    ...wayLines(
      waysFromAround(status, sequence),
      commands,
      'the rollout under way; those that are done stand',
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
