import { describe, expect, it } from 'vitest';
import { createTroubles, inOneLine } from '../../../src/daemons/troubles.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { leastServing } from '../../../src/domain/health/guard.ts';
import { folderEvents, isNamed, releasedBy } from '../../../src/guard/decide/maintenance.ts';
import { createHealthBook } from '../../../src/guard/health-book.ts';
import { guarded, web } from '../../support/simulated-guard.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const server = (n: number) => `10.0.0.${n}:80` as ServerKey;
const [a, b] = [server(1), server(2)];
const dns = 'udp/10.0.0.9:53' as ServiceKey;
const failure = { kind: 'director', what: 'no answer', where: 'lb1', next: 'look' } as const;
const snapshot = snapshotOf([
  wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.2', 50)]),
]);

describe('the least that serves', () => {
  it.each([
    [{ kind: 'count', count: 2 }, 5, 2],
    [{ kind: 'count', count: 0 }, 5, 1],
    [{ kind: 'percent', percent: 50 }, 5, 3],
    [{ kind: 'percent', percent: 50 }, 4, 2],
    [{ kind: 'percent', percent: 1 }, 4, 1],
    [{ kind: 'percent', percent: 0 }, 4, 1],
    [{ kind: 'percent', percent: 100 }, 4, 4],
  ] as const)('%j of %d is %d', (minHealthy, servers, least) => {
    expect(leastServing(minHealthy, servers)).toBe(least);
  });
});

describe('a trouble', () => {
  const told: object[] = [];
  const trouble = createTroubles((event) => void told.push(event));

  it('is told when it begins and when it changes, for each subject, and its end only of listings', () => {
    trouble('cannot-list', failure);
    trouble('cannot-list', failure);
    trouble('cannot-list', { ...failure, what: 'still none' });
    trouble('cannot-edit', failure, web);
    trouble('cannot-edit', failure, dns);
    trouble('cannot-edit', undefined, web);
    trouble('cannot-list', undefined);
    trouble('cannot-list', undefined);
    trouble('cannot-edit', failure, web);
    const warning = { type: 'warning', code: 'cannot-edit', message: 'no answer (lb1); look' };
    expect(told).toEqual([
      { type: 'warning', code: 'cannot-list', message: 'no answer (lb1); look' },
      { type: 'warning', code: 'cannot-list', message: 'still none (lb1); look' },
      { ...warning, service: web },
      { ...warning, service: dns },
      { type: 'listed-again' },
      { ...warning, service: web },
    ]);
  });

  it('is one line', () => {
    expect(inOneLine({ kind: 'usage', what: 'a' })).toBe('a');
    expect(inOneLine({ kind: 'usage', what: 'a', where: 'b' })).toBe('a (b)');
    expect(inOneLine({ kind: 'usage', what: 'a', next: 'c' })).toBe('a; c');
  });
});

describe('the health book', () => {
  it('keeps services apart, starts over with the falls, and forgets', () => {
    const book = createHealthBook();
    const answer = { passed: true, askedMs: 1, atMs: 2, detail: '' };
    for (let i = 0; i < 2; i++) book.hear(web, a, answer, guarded.timing);
    const bad = { ...answer, passed: false };
    for (let i = 0; i < 2; i++) book.hear(web, a, bad, guarded.timing);
    const { before, after } = book.hear(web, a, bad, guarded.timing);
    expect([before.verdict, after.verdict]).toEqual(['up', 'down']);
    expect(book.of(dns).size).toBe(0);
    book.startOver(web, a);
    expect(book.of(web).get(a)).toEqual({ verdict: 'unknown', downsMs: [2] });
    book.startOver(web, b);
    expect(book.of(web).get(b)).toEqual({ verdict: 'unknown', downsMs: [] });
    book.forget(web);
    expect(book.of(web).size).toBe(0);
  });
});

describe('the maintenance folder', () => {
  const entry = (name: string, address: string, port?: number) =>
    [name, { name, servers: [{ address, ...(port ? { port } : {}) }] }] as const;
  const host = new Map([entry('web1', '10.0.0.1')]);
  const other = new Map([entry('web1:81', '10.0.0.1', 81), entry('web2:80', '10.0.0.2', 80)]);
  const bad = new Map([['?', { name: '?', servers: [], problem: '? is no host' }]]);
  const one = (n: number) => realServer(`10.0.0.${n}`, 1);

  it('names a host on every port, or a server', () => {
    expect([isNamed(host, one(1)), isNamed(host, one(2))]).toEqual([true, false]);
    expect([isNamed(other, one(1)), isNamed(other, one(2))]).toEqual([false, true]);
  });

  it('lets go of those whose last file is gone', () => {
    const both = new Map([...host, ...other]);
    expect(releasedBy(both, other, snapshot)).toEqual([[web, a]]);
    expect(releasedBy(both, both, snapshot)).toEqual([]);
    expect(releasedBy(new Map(), both, snapshot)).toEqual([]);
  });

  it('tells each file once, when it comes, when it goes, and when its name means nothing', () => {
    const on = { type: 'maintenance-on', name: 'web1', servers: [a] };
    const warning = { type: 'warning', code: 'unknown-maintenance-name', message: '? is no host' };
    expect(folderEvents(new Map(), host, snapshot)).toEqual([on]);
    expect(folderEvents(host, host, snapshot)).toEqual([]);
    expect(folderEvents(host, new Map(), snapshot)).toEqual([{ ...on, type: 'maintenance-off' }]);
    expect(folderEvents(new Map(), bad, snapshot)).toEqual([warning]);
    expect(folderEvents(bad, bad, snapshot)).toEqual([]);
    expect(folderEvents(bad, new Map(), snapshot)).toEqual([]);
    const mended = new Map([['?', { name: '?', servers: [{ address: '10.0.0.2' }] }]]);
    expect(folderEvents(bad, mended, snapshot)).toEqual([{ ...on, name: '?', servers: [b] }]);
  });
});
