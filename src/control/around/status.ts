import { actLines, actRecords } from '../../domain/actor/acts.ts';
import {
  type AroundMember,
  type AroundRecord,
  namesInAround,
  openBatch,
} from '../../domain/around/around.ts';
import { serverText } from '../../domain/around/server-command.ts';
import { formatDuration } from '../../domain/duration.ts';
import { type Failure, ok, type Result } from '../../domain/failure.ts';
import { fullNames } from '../../domain/places/named-servers.ts';
import { withNames } from '../../domain/places/names-in-text.ts';
import { printable } from '../../domain/printable.ts';
import {
  type CommandContext,
  isFinalEnd,
  type RolloutStatus,
  statusOf,
  waysFromAround,
} from '../../domain/rollout/rollout-status.ts';
import { aroundWayLines } from '../../reporters/way-lines.ts';
import type { LockHolder, Store } from '../../rollout/ports.ts';
import type { RecordStatus, RecordStatuses } from '../status/record-status.ts';
import { aroundResource } from './context.ts';

export interface AroundsAsked {
  /** The only around to show, whatever has become of it. */
  readonly around: string | undefined;
  readonly asJson: boolean;
  readonly commands?: CommandContext | undefined;
}

/** Each `drain around` that is not over, the latest first; or the one that is asked for. */
export async function aroundStatuses(
  store: Store,
  { around, asJson, commands }: AroundsAsked,
): Promise<Result<RecordStatuses>> {
  const ids = around === undefined ? await store.arounds.list() : ok([around]);
  if (!ids.ok) return ids;
  const shown: RecordStatus[] = [];
  const unread: Failure[] = [];
  for (const id of ids.value) {
    const read = await store.arounds.read(id);
    if (!read.ok && around !== undefined) return read;
    if (!read.ok) {
      unread.push(read.failure);
      continue;
    }
    const record = read.value;
    if (!record || (isFinalEnd(record.end) && around === undefined)) continue;
    const holder = await store.holder(aroundResource(id));
    const text = asJson
      ? `${JSON.stringify(asData(record, holder))}\n`
      : asWords(record, holder, commands);
    const state = stateOf(record, holder);
    const key = JSON.stringify([id, state, holder?.pid, batchesDone(record), record.acts?.length]);
    shown.push({ state, startedMs: record.startedMs, text, key, acts: record.acts });
  }
  return ok({ shown, unread });
}

const stateOf = ({ end }: AroundRecord, holder: LockHolder | undefined): RolloutStatus =>
  statusOf({ isRunning: holder !== undefined, end });

const batchesDone = ({ batches }: AroundRecord): number =>
  batches.filter(({ phase }) => phase === 'done').length;

const asData = (record: AroundRecord, holder: LockHolder | undefined) => ({
  rollout: record.around,
  kind: 'around',
  state: stateOf(record, holder),
  ...(holder ? { pid: holder.pid } : {}),
  batches: record.batches.map(({ phase, servers }) => ({
    phase,
    servers: servers.map((server) => ({
      server: serverText(server),
      commandDone: server.isCommandDone,
    })),
  })),
  startedAt: new Date(record.startedMs).toISOString(),
  message: record.end?.message ?? '',
  ...actRecords(record.acts),
});

function asWords(
  record: AroundRecord,
  holder: LockHolder | undefined,
  commands: CommandContext | undefined,
): string {
  const { around, batches, startedMs, end } = record;
  const state = stateOf(record, holder);
  const leadsOn = waysFromAround(state, around).on !== undefined;
  const done = batchesDone(record);
  const since = formatDuration(Math.max(0, Math.round((Date.now() - startedMs) / 1_000)) * 1_000);
  const process = holder ? ` (process ${holder.pid})` : '';
  const names = namesInAround(record);
  const all = (members: readonly AroundMember[]) => fullNames(members.map(serverText), names);
  const servers = all(batches.flatMap((batch) => batch.servers));
  const open = openBatch(record);
  const now = open && !holder ? [`  out of service: ${all(open.servers)}`] : [];
  const lines = [
    `${around}  ${state}${process}  around ${servers}  ${done} of ${batches.length} batches done  begun ${since} ago`,
    ...actLines(actRecords(record.acts).acts),
    ...(end && !holder ? [`  ${printable(withNames(end.message, names), 400)}`] : []),
    ...(leadsOn ? now : []),
  ];
  const goOn = leadsOn ? aroundWayLines(record, commands) : '';
  return `${lines.join('\n')}\n${goOn}`;
}
