import { ok } from '../../domain/failure.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import type { Store } from '../../rollout/ports.ts';
import type { Trace, TraceEntry } from '../../rollout/state/trace.ts';
import { parseTrace } from '../trace-schema.ts';
import { endOf } from './etcd.ts';
import { numberIn } from './keys.ts';
import type { StoreTools } from './store-tools.ts';
import { pack, unpack } from './values.ts';

/** The time before the first part is written; later parts come less and less often. */
const gatherMs = 1_000;
const slowerEvery = 50;
/** 30 s from part 1,450 on: a rollout of ten hours has some 2,000. */
const longestGatherMs = 30_000;
const mostParts = 10_000;

/** The most characters that wait for a part which could not be written. */
const mostWaiting = 1024 * 1024;

/** The most parts that a reader takes at a time. */
const readAtOnce = 100;

/**
 * Traces as keys of many entries each, `traces/ID/0000000001`, one JSON entry a line. Losing some of a
 * picture is no loss: nothing waits for them.
 */
export function createEtcdTraces(tools: StoreTools): Pick<Store, 'trace' | 'readTrace'> {
  const { etcd, keys } = tools;
  return {
    trace: (rollout) => createTrace(tools, rollout),
    async readTrace(rollout, position = 0) {
      const none = ok({ entries: [], position });
      if (!isRolloutId(rollout)) return none;
      const read = await etcd.range({
        key: keys.tracePart(rollout, position + 1),
        end: endOf(keys.trace(rollout)),
        limit: readAtOnce,
      });
      if (!read.ok) return none;
      const last = read.value.kvs.at(-1);
      if (!last) return none;
      const lines = read.value.kvs.map(({ value }) => unpack(value) ?? '');
      return ok({ entries: parseTrace(lines.join('')), position: numberIn(last.key) || position });
    },
  };
}

function createTrace({ etcd, keys, locks, timing }: StoreTools, rollout: string): Trace {
  let waiting: string[] = [];
  let waitingLength = 0;
  let last: number | undefined;
  let isGathering = false;
  let isOver = false;
  let writing: Promise<void> = Promise.resolve();

  const findLast = async (): Promise<number | undefined> => {
    const key = keys.trace(rollout);
    const read = await etcd.range({
      ...{ key, end: endOf(key), limit: 1, keysOnly: true, descending: true },
    });
    return read.ok ? numberIn(read.value.kvs[0]?.key ?? '/0000000000') : undefined;
  };

  const write = async (): Promise<void> => {
    last ??= await findLast();
    const conditions = locks.conditions(rollout);
    if (last === undefined || !conditions || waiting.length === 0) return;
    if (last >= mostParts) isOver = true;
    if (isOver) return;
    const batch = waiting;
    const key = keys.tracePart(rollout, last + 1);
    const ended = await etcd.txn({
      compare: [{ key, created: '0' }, ...conditions],
      puts: [{ key, value: pack(batch.join('')) }],
    });
    // What may have been written counts as written; what was not is tried again with the next.
    if (ended.ok && ended.value.succeeded) last++;
    else last = undefined;
    if (!ended.ok && ended.failure.kind === 'refused') isOver = true;
    if (ended.ok && !ended.value.succeeded) return;
    waiting = waiting.slice(batch.length);
    waitingLength -= batch.join('').length;
  };

  const gather = async (): Promise<void> => {
    isGathering = true;
    const slower = gatherMs * (1 + (last ?? 0) / slowerEvery);
    await timing.sleep(Math.min(longestGatherMs, slower), 'background');
    isGathering = false;
    writing = writing.then(write);
  };

  return {
    add(entry: TraceEntry) {
      const line = `${JSON.stringify(entry)}\n`;
      if (isOver || !isRolloutId(rollout) || waitingLength + line.length > mostWaiting) return;
      waiting.push(line);
      waitingLength += line.length;
      if (!isGathering) void gather();
    },
    async close() {
      writing = writing.then(write);
      await writing;
      isOver = true;
    },
  };
}
