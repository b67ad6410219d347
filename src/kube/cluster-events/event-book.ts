import type { ClusterEvent, EventSeries, ObjectName, Regarding } from '../kube-ports.ts';

/** Something to say about an object of the cluster. */
export type EventNote = Pick<ClusterEvent, 'type' | 'reason' | 'action' | 'note' | 'regarding'>;

/** What is to be said, what was said of late, and how much more may be said. */
export interface EventBook {
  /** By object and reason. */
  readonly gathered: ReadonlyMap<string, Gathered>;
  readonly said: ReadonlyMap<string, Said>;
  /** Of each object, by its uid. */
  readonly allowances: ReadonlyMap<string, Allowance>;
  readonly total: Allowance;
  /** Events made so far, which makes their names differ. */
  readonly made: number;
  /** Notes that came when too many were waiting. */
  readonly dropped: number;
}

interface Gathered {
  readonly first: EventNote;
  readonly notes: readonly string[];
  readonly count: number;
  readonly sinceMs: number;
}

interface Said {
  readonly name: ObjectName;
  readonly note: string;
  readonly count: number;
  readonly lastMs: number;
}

interface Allowance {
  readonly left: number;
  readonly atMs: number;
}

export type EventWrite =
  | {
      readonly kind: 'create';
      readonly key: string;
      readonly name: ObjectName;
      readonly of: EventNote;
      readonly atMs: number;
    }
  | {
      readonly kind: 'repeat';
      readonly key: string;
      readonly name: ObjectName;
      readonly series: EventSeries;
    };

/** What is said of one object for one reason at about the same time is one Event. */
const gatherMs = 1_000;
/** Within it, the same words again are a series of the Event that is there. */
const seriesMs = 600_000;
const perObject = { most: 20, everyMs: 30_000 };
const inAll = { most: 100, everyMs: 1_000 };
const mostGathered = 1_000;
const mostNotes = 5;

export const emptyEventBook: EventBook = {
  ...{ gathered: new Map(), said: new Map(), allowances: new Map() },
  ...{ total: { left: inAll.most, atMs: 0 }, made: 0, dropped: 0 },
};

/** Notes something to say. */
export function noted(book: EventBook, note: EventNote, nowMs: number): EventBook {
  const key = `${note.regarding.uid}/${note.reason}`;
  const known = book.gathered.get(key);
  if (!known && book.gathered.size >= mostGathered) return { ...book, dropped: book.dropped + 1 };
  const isNew = known && !known.notes.includes(note.note) && known.notes.length < mostNotes;
  const next: Gathered = known
    ? {
        ...known,
        ...{ notes: isNew ? [...known.notes, note.note] : known.notes, count: known.count + 1 },
      }
    : { first: note, notes: [note.note], count: 1, sinceMs: nowMs };
  return { ...book, gathered: new Map(book.gathered).set(key, next) };
}

/** Takes out what is to be written now: as much as the allowances of its object and in all have left. */
export function dueEvents(
  before: EventBook,
  nowMs: number,
): { readonly book: EventBook; readonly writes: readonly EventWrite[] } {
  const gathered = new Map(before.gathered);
  const said = new Map([...before.said].filter(([, { lastMs }]) => nowMs - lastMs < seriesMs));
  const allowances = new Map(before.allowances);
  let { made } = before;
  let total = refilled(before.total, inAll, nowMs);
  const writes: EventWrite[] = [];
  for (const [key, one] of before.gathered) {
    const { uid } = one.first.regarding;
    const own = refilled(allowances.get(uid) ?? full(perObject, nowMs), perObject, nowMs);
    if (nowMs < one.sinceMs + gatherMs || own.left < 1 || total.left < 1) continue;
    gathered.delete(key);
    allowances.set(uid, { ...own, left: own.left - 1 });
    total = { ...total, left: total.left - 1 };
    const note = noteOf(one);
    const earlier = said.get(key);
    if (earlier?.note === note) {
      const count = earlier.count + one.count;
      said.set(key, { ...earlier, count, lastMs: nowMs });
      writes.push({ kind: 'repeat', key, name: earlier.name, series: { count, lastMs: nowMs } });
      continue;
    }
    made += 1;
    const name = nameOf(one.first.regarding, nowMs, made);
    said.set(key, { name, note, count: one.count, lastMs: nowMs });
    writes.push({ kind: 'create', key, name, of: { ...one.first, note }, atMs: nowMs });
  }
  // An allowance that is full again says nothing.
  for (const [uid, one] of allowances) {
    if (refilled(one, perObject, nowMs).left >= perObject.most) allowances.delete(uid);
  }
  return { book: { ...before, gathered, said, allowances, total, made }, writes };
}

/** When there may be something to write next. */
export function eventsDueMs(book: EventBook, nowMs: number): number | undefined {
  const times = [...book.gathered.values()].map(({ sinceMs, first }) => {
    const own = book.allowances.get(first.regarding.uid);
    const isOut = own && refilled(own, perObject, nowMs).left < 1;
    return isOut ? own.atMs + perObject.everyMs : sinceMs + gatherMs;
  });
  if (times.length === 0) return undefined;
  return Math.max(Math.min(...times), book.total.left < 1 ? book.total.atMs + inAll.everyMs : 0);
}

/** The Event that was to be repeated has expired: the next one like it is a new one. */
export function forgotten(book: EventBook, key: string): EventBook {
  const said = new Map(book.said);
  said.delete(key);
  return { ...book, said };
}

function noteOf({ notes, count }: Gathered): string {
  const rest = count - notes.length;
  return rest > 0 && notes.length > 1 ? `${notes.join('; ')}; and ${rest} more` : notes.join('; ');
}

/** As the API's own recorder has them: the object's name and a number. */
function nameOf({ namespace, name }: Regarding, nowMs: number, made: number): ObjectName {
  const number = `${nowMs.toString(16)}${made.toString(16).padStart(4, '0')}`;
  // No namespace of its own: the Events of nodes are in `default`.
  return { namespace: namespace ?? 'default', name: `${name.slice(0, 200)}.${number}` };
}

interface AllowanceTerms {
  readonly most: number;
  readonly everyMs: number;
}

const full = ({ most }: AllowanceTerms, nowMs: number): Allowance => ({ left: most, atMs: nowMs });

function refilled(
  { left, atMs }: Allowance,
  { most, everyMs }: AllowanceTerms,
  nowMs: number,
): Allowance {
  const more = Math.max(0, Math.floor((nowMs - atMs) / everyMs));
  return left + more >= most
    ? { left: most, atMs: nowMs }
    : { left: left + more, atMs: atMs + more * everyMs };
}
