import { isBy } from '../../domain/actor/acts.ts';
import type { ServiceKey } from '../../domain/address.ts';
import { formatDuration } from '../../domain/duration.ts';
import { type Failure, ok, type Result } from '../../domain/failure.ts';
import { shortList } from '../../domain/printable.ts';
import {
  type CommandContext,
  isOver,
  type RolloutStatus,
} from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { type SeenRollout, watchRollout } from '../../watch/watch-rollout.ts';
import { aroundStatuses } from '../around/status.ts';
import { sequenceStatuses } from '../sequence/status.ts';
import { gateWaitsIn, mayWaitForGate } from '../status/gate-wait-words.ts';
import type { RecordStatus, RecordStatuses } from '../status/record-status.ts';
import { describeSummary, type RolloutSummary, summaryOf } from '../status/summary.ts';

/** What of the past is shown. */
export interface HistoryAsked {
  /** The most that are shown; the latest are. */
  readonly limit: number;
  /** Only what began since then. */
  readonly sinceMs?: number | undefined;
  /** Only rollouts that have one of these. */
  readonly services?: readonly ServiceKey[] | undefined;
  readonly outcome?: RolloutStatus | undefined;
  /** Only what this person did something to. */
  readonly actor?: string | undefined;
  readonly asJson: boolean;
  readonly commands?: CommandContext | undefined;
}

export interface History {
  /** Rollouts, arounds and sequences as they are printed, the latest first. */
  readonly texts: readonly string[];
  /** Whether there are others, earlier ones, which `limit` left out. */
  readonly hasMore: boolean;
  readonly unread: readonly Failure[];
}

/** A rollout of the past as `drain history --output json` writes it: a contract. */
export interface PastSummary extends RolloutSummary {
  readonly services: readonly ServiceKey[];
  /** Absent while it goes on. */
  readonly endedAt?: string;
  readonly durationMs?: number;
}

/** Reads the latest of what a store keeps: as many journals as are shown, and no more. */
export async function readHistory(store: Store, asked: HistoryAsked): Promise<Result<History>> {
  const { limit, sinceMs, services, outcome, actor } = asked;
  const isOfAll = [sinceMs, services, outcome, actor].every((one) => one === undefined);
  const most = isOfAll && Number.isSafeInteger(limit) ? limit + 1 : undefined;
  const latest = await readLatest(store, asked, most);
  // Some of the latest could not be read: there may be others in their place.
  const isShort = latest.ok && !latest.value.hasMore && latest.value.unread.length > 0;
  return isShort && most !== undefined ? readLatest(store, asked, undefined) : latest;
}

/** The same of the latest rollouts alone, without `most` of all. */
async function readLatest(
  store: Store,
  asked: HistoryAsked,
  most: number | undefined,
): Promise<Result<History>> {
  const lists = [await store.list(most), await store.arounds.list(), await store.sequences.list()];
  const entries: { readonly id: string; readonly kind: number }[] = [];
  for (const [kind, list] of lists.entries()) {
    if (!list.ok) return list;
    entries.push(...list.value.map((id) => ({ id, kind })));
  }
  entries.sort((a, b) => (a.id < b.id ? 1 : -1));
  const readers = [readRollout, readAround, readSequence];
  const texts: string[] = [];
  const unread: Failure[] = [];
  for (const { id, kind } of entries) {
    const read = await readers[kind]?.(store, id, asked);
    if (!read) continue;
    if ('kind' in read) {
      unread.push(read);
      continue;
    }
    if (read.startedMs < (asked.sinceMs ?? 0)) break;
    if (!isAsked(read, asked)) continue;
    if (texts.length === asked.limit) return ok({ texts, hasMore: true, unread });
    texts.push(read.text);
  }
  return ok({ texts, hasMore: false, unread });
}

interface Past extends Pick<RecordStatus, 'state' | 'startedMs' | 'text' | 'acts'> {
  /** Absent where a service cannot be asked for. */
  readonly services?: readonly ServiceKey[];
}

const isAsked = (
  { state, services, acts }: Past,
  { outcome, services: of, actor }: HistoryAsked,
): boolean =>
  (outcome === undefined || outcome === state) &&
  (actor === undefined || isBy(acts, actor)) &&
  (of === undefined || of.some((service) => services?.includes(service)));

async function readRollout(
  store: Store,
  id: string,
  { asJson, commands }: HistoryAsked,
): Promise<Past | Failure> {
  const seen = await watchRollout(store, id).look(Date.now(), 'never');
  if (!seen.ok) return seen.failure;
  const past = pastSummary(seen.value);
  const { state, services, startedAt } = past;
  const text = asJson ? `${JSON.stringify(past)}\n` : describePast(past, commands);
  const { acts } = seen.value.state;
  return { state, services, acts, startedMs: Date.parse(startedAt), text };
}

const readAround = async (store: Store, around: string, asked: HistoryAsked) =>
  ofRecord(await aroundStatuses(store, { around, ...asked }));

const readSequence = async (store: Store, sequence: string, asked: HistoryAsked) =>
  ofRecord(await sequenceStatuses(store, { sequence, ...asked }));

const ofRecord = (read: Result<RecordStatuses>): Past | Failure | undefined =>
  read.ok ? read.value.shown[0] : read.failure;

/** The summary of a rollout of the past. */
export function pastSummary(seen: SeenRollout): PastSummary {
  const { plan } = seen.state;
  const summary = summaryOf(seen);
  const services = [
    ...new Set(plan.directors.flatMap((one) => one.services.map(({ service }) => service))),
  ];
  const lastMs = seen.entries.at(-1)?.atMs;
  if (!isOver(summary.state) || lastMs === undefined) return { ...summary, services };
  const endedAt = new Date(lastMs).toISOString();
  return { ...summary, services, endedAt, durationMs: lastMs - seen.entries[0].atMs };
}

/** A rollout in two lines; one that waits for somebody as `drain status` shows it. */
function describePast(past: PastSummary, commands: CommandContext | undefined): string {
  const { endedAt, durationMs = 0, startedAt, services } = past;
  if (endedAt === undefined) return describeSummary(past, commands);
  const took = formatDuration(Math.round(durationMs / 1_000) * 1_000);
  const begun = `${startedAt.slice(0, 16).replace('T', ' ')} UTC, took ${took}`;
  return describeSummary(past, commands, `${begun}  ${shortList(services)}`);
}

/** The summary of a rollout, from its journal and its lock; and from its trace, where a step is late. */
export async function summarise(store: Store, rollout: string): Promise<RolloutSummary | Failure> {
  const watch = watchRollout(store, rollout);
  const nowMs = Date.now();
  const seen = await watch.look(nowMs, 'never');
  if (!seen.ok) return seen.failure;
  const summary = summaryOf(seen.value);
  const { process, state } = seen.value;
  if (!process || summary.message !== '' || !mayWaitForGate(state, nowMs)) return summary;
  const traced = await watch.look(nowMs, 'always');
  return traced.ok ? { ...summary, message: gateWaitsIn(traced.value.news, nowMs) } : summary;
}
