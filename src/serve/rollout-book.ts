import type { DirectorAccess } from '../domain/director-access.ts';
import type { Failure } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import { buildRecord } from '../record/build-record.ts';
import type { Store } from '../rollout/ports.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';
import { inProgress, type RolloutView } from './rollout-view.ts';
import { viewOfRecord } from './view-of-record.ts';

export interface RolloutBookDeps {
  readonly store: Pick<Store, 'list' | 'read' | 'readTrace' | 'holder'>;
  /** The resource that whoever carries it out holds. */
  readonly resourceOf: (plan: Plan, access: readonly DirectorAccess[]) => string;
  /** Since the epoch. */
  readonly nowMs: () => number;
}

export interface RolloutReading {
  /** Those in progress and the last few, the latest first. */
  readonly rollouts: readonly RolloutView[];
  /** The first thing that could not be read. */
  readonly failure?: Failure;
}

/** Shown though they are over. */
const lastFew = 5;
/** Looked at in the first reading; what is older comes in its turn. */
const atFirst = 20;
const inTurn = 8;
/** Who is over is looked at again after so long: somebody may go back on it. */
const restMs = 5_000;

interface Known {
  readonly view: RolloutView;
  readonly readAtMs: number;
  readonly trace: KeptTrace;
}

/**
 * Keeps an eye on the rollouts of a store without reading all of them each time: those in progress
 * and the last few, and a few of the others in turn, because an old one can be gone on with.
 */
export function createRolloutBook(deps: RolloutBookDeps): () => Promise<RolloutReading> {
  const { store, nowMs } = deps;
  const known = new Map<string, Known>();
  let turn = 0;

  const choose = (ids: readonly string[]): readonly string[] => {
    const first = ids.slice(0, known.size === 0 ? atFirst : lastFew);
    const rest = ids.slice(first.length);
    const others = rest.slice(turn, turn + inTurn);
    turn = turn + inTurn < rest.length ? turn + inTurn : 0;
    const going = rest.filter((id) => inProgress(known.get(id)?.view ?? { standing: 'done' }));
    return [...new Set([...first, ...going, ...others])];
  };

  const read = async (id: string): Promise<Failure | undefined> => {
    const before = known.get(id);
    const isFresh = before && nowMs() - before.readAtMs < restMs;
    if (isFresh && !inProgress(before.view)) return undefined;
    const journal = await store.read(id);
    if (!journal.ok) return journal.failure;
    const trace = await readOn(store, id, before?.trace);
    const record = buildRecord(journal.value, entriesOf(trace));
    const holder = await store.holder(deps.resourceOf(record.plan, record.access));
    const view = viewOfRecord(record, { isRunning: holder?.rollout === id, nowMs: nowMs() });
    known.set(id, { view, trace, readAtMs: nowMs() });
    return undefined;
  };

  return async () => {
    const listed = await store.list();
    if (!listed.ok) return { rollouts: [], failure: listed.failure };
    const ids = listed.value;
    const there = new Set(ids);
    for (const id of known.keys()) if (!there.has(id)) known.delete(id);
    let failure: Failure | undefined;
    // One after another: nobody's rollout is to wait for the disk because of who watches.
    for (const id of choose(ids)) failure = (await read(id)) ?? failure;
    const rollouts = ids.flatMap((id, index) => {
      const view = known.get(id)?.view;
      return view && (index < lastFew || inProgress(view)) ? [view] : [];
    });
    return failure ? { rollouts, failure } : { rollouts };
  };
}

/** What is needed of a trace: no samples, but the time of the last sign of life. */
interface KeptTrace {
  readonly position: number;
  readonly entries: readonly TraceEntry[];
  readonly lastSign?: TraceEntry;
}

const entriesOf = ({ entries, lastSign }: KeptTrace): readonly TraceEntry[] =>
  lastSign ? [...entries, lastSign] : entries;

/** Only what was added since. A trace that cannot be read is as good as none. */
async function readOn(
  store: Pick<Store, 'readTrace'>,
  id: string,
  before: KeptTrace = { position: 0, entries: [] },
): Promise<KeptTrace> {
  let kept = before;
  for (;;) {
    const part = await store.readTrace(id, kept.position);
    if (!part.ok || part.value.position === kept.position) return kept;
    const fresh = part.value.entries.filter(isNeeded);
    const lastSign = part.value.entries.findLast((entry) => !isNeeded(entry)) ?? kept.lastSign;
    kept = {
      position: part.value.position,
      entries: [...kept.entries, ...fresh],
      ...(lastSign ? { lastSign } : {}),
    };
  }
}

const isNeeded = (entry: TraceEntry): boolean =>
  entry.type === 'event' &&
  (entry.event.type === 'gate-passed' || entry.event.type === 'gate-failed');
