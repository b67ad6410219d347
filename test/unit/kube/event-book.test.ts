import { describe, expect, it } from 'vitest';
import {
  dueEvents,
  type EventBook,
  type EventNote,
  emptyEventBook,
  eventsDueMs,
  forgotten,
  noted,
} from '../../../src/kube/cluster-events/event-book.ts';
import { createEventWriter } from '../../../src/kube/cluster-events/write-events.ts';
import type { ApiFailureCode, ClusterEvent, EventSeries } from '../../../src/kube/kube-ports.ts';
import { standingClock } from '../../support/notice-clocks.ts';

const startMs = 1_800_000_000_000;
const atS = (s: number): number => startMs + s * 1_000;
const note = (text: string, more: { service?: string; reason?: string } = {}): EventNote => {
  const { service = 'shop', reason = 'ServerLeaving' } = more;
  const regarding = { kind: 'Service', namespace: 'web', name: service, uid: service } as const;
  return { type: 'Normal', reason, action: 'Drain', note: text, regarding };
};
const all = (notes: readonly EventNote[], s = 0, book: EventBook = emptyEventBook): EventBook =>
  notes.reduce((now, one) => noted(now, one, atS(s)), book);
const said = (book: EventBook, s: number) =>
  dueEvents(book, atS(s)).writes.map((one) =>
    one.kind === 'create' ? one.of.note : `${one.series.count} times`,
  );

describe('an Event', () => {
  it('is written a second later, with what else was said for that reason', () => {
    const book = all([
      note('n1 leaves'),
      note('n2 leaves'),
      note('up', { reason: 'ServerJoined' }),
    ]);
    expect(eventsDueMs(book, atS(0))).toBe(atS(1));
    expect(said(book, 0.9)).toEqual([]);
    const due = dueEvents(book, atS(1));
    expect(due.writes).toMatchObject([
      {
        kind: 'create',
        name: { namespace: 'web', name: `shop.${atS(1).toString(16)}0001` },
        ...{ of: { note: 'n1 leaves; n2 leaves', type: 'Normal' }, atMs: atS(1) },
      },
      { kind: 'create', of: { note: 'up', reason: 'ServerJoined' } },
    ]);
    expect(dueEvents(due.book, atS(2)).writes).toEqual([]);
  });

  it('of a thousand servers at once names five and the number of the others', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => note(`n${i} leaves`));
    expect(said(all(many), 1)).toEqual([
      'n0 leaves; n1 leaves; n2 leaves; n3 leaves; n4 leaves; and 995 more',
    ]);
  });

  it('with the same words within ten minutes is a series of the one that is there', () => {
    const first = dueEvents(all([note('3 connections')]), atS(1)).book;
    const again = all([note('3 connections')], 60, first);
    expect(said(again, 61)).toEqual(['2 times']);
    expect(said(all([note('2 connections')], 60, first), 61)).toEqual(['2 connections']);
    expect(said(all([note('3 connections')], 700, first), 701)).toEqual(['3 connections']);
    expect(said(forgotten(again, 'shop/ServerLeaving'), 61)).toEqual(['3 connections']);
  });

  it('of a node is in the namespace default', () => {
    const regarding = { kind: 'Node', name: 'n1', uid: 'u1' } as const;
    const { writes } = dueEvents(all([{ ...note('held'), regarding }]), atS(1));
    expect(writes).toMatchObject([{ name: { namespace: 'default' } }]);
  });
});

describe('a flapping node', () => {
  it('makes 20 Events of a Service at once and then two a minute, however often it flaps', () => {
    let book = emptyEventBook;
    const perMinute: number[] = [];
    for (let minute = 0; minute < 10; minute++) {
      let writes = 0;
      for (let s = minute * 60; s < minute * 60 + 60; s++) {
        book = all([note(`flap ${s}`), note(`flap ${s}`, { reason: 'ServerJoined' })], s, book);
        const due = dueEvents(book, atS(s));
        book = due.book;
        writes += due.writes.length;
      }
      perMinute.push(writes);
    }
    expect(perMinute[0]).toBeLessThanOrEqual(22);
    expect(perMinute.slice(1)).toEqual(Array(9).fill(2));
  });

  it('does not keep the Events of other Services from being written', () => {
    const spent = Array.from({ length: 30 }, (_, i) => note('x', { reason: `R${i}` }));
    const { book } = dueEvents(all(spent), atS(1));
    expect(said(all([note('leaves', { service: 'other' })], 1, book), 2)).toEqual(['leaves']);
  });
});

describe('a hundred Services at once', () => {
  it('make a hundred Events, and one more a second', () => {
    const notes = Array.from({ length: 150 }, (_, i) => note('leaves', { service: `s${i}` }));
    const first = dueEvents(all(notes), atS(1));
    expect(first.writes.length).toBe(100);
    expect(eventsDueMs(first.book, atS(1))).toBe(atS(2));
    expect(dueEvents(first.book, atS(2)).writes.length).toBe(1);
  });

  it('are at most a thousand, and how many more were dropped is known', () => {
    const notes = Array.from({ length: 1_010 }, (_, i) => note('leaves', { service: `s${i}` }));
    expect(all(notes)).toMatchObject({ dropped: 10 });
  });
});

describe('whoever writes Events', () => {
  const begin = (fails: () => ApiFailureCode | undefined, mayWrite = () => true) => {
    const clock = standingClock(startMs);
    const asked: (ClusterEvent | EventSeries)[] = [];
    const answer = () => {
      const code = fails();
      if (!code) return { ok: true, value: undefined } as const;
      const failure = { code, verb: 'create', resource: 'events', message: '' };
      return { ok: false, failure } as const;
    };
    const writer = createEventWriter({
      api: {
        async createEvent(event) {
          asked.push(event);
          return answer();
        },
        async repeatEvent(_, series) {
          asked.push(series);
          return answer();
        },
      },
      reporter: { controller: 'drain.example/kube', instance: 'lb1' },
      ...{ clock, mayWrite, onFailure: () => {} },
    });
    return { clock, asked, writer };
  };

  it('names himself, and says when to be called again', async () => {
    const { clock, asked, writer } = begin(() => undefined);
    writer.note(note('n1 leaves'));
    expect(await writer.write()).toBe(atS(1));
    clock.moveOn(1_000);
    expect(await writer.write()).toBeUndefined();
    expect(asked).toMatchObject([
      { reason: 'ServerLeaving', reporter: { instance: 'lb1' }, atMs: atS(1) },
    ]);
  });

  it('tries none twice: an Event that has expired is made anew the next time', async () => {
    let code: ApiFailureCode | undefined;
    const { clock, asked, writer } = begin(() => code);
    for (const next of [undefined, 'not-found', undefined] as const) {
      code = next;
      writer.note(note('n1 leaves'));
      clock.moveOn(1_000);
      await writer.write();
    }
    expect(asked.map((one) => ('count' in one ? one.count : one.note))).toEqual([
      ...['n1 leaves', 2, 'n1 leaves'],
    ]);
    expect(writer.lost()).toBe(1);
  });

  it('says nothing for as long as another leads, nor all of it afterwards', async () => {
    let isLeader = false;
    const { clock, asked, writer } = begin(
      () => undefined,
      () => isLeader,
    );
    writer.note(note('n1 leaves'));
    clock.moveOn(1_000);
    expect(await writer.write()).toBeUndefined();
    isLeader = true;
    await writer.write();
    expect(asked).toEqual([]);
  });
});
