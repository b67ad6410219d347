import { describe, expect, it } from 'vitest';
import { verdictKey } from '../../../../src/kube/decide/kube-view.ts';
import {
  DecideLab,
  defaultTerms,
  labelled,
  node,
  noEndpoint,
  wantedServer as one,
  tainted,
  wantedOf,
  wantedService,
  web,
} from '../../../support/kube/decide-lab.ts';

const busy = { kind: 'busy', connections: 7 } as const;
const all = (count: number) => Array.from({ length: count }, (_, i) => one(i + 1));
const running = (count: number): DecideLab => {
  const lab = new DecideLab().want(all(count)).until(100);
  for (let n = 1; n <= count; n++) lab.busy.set(verdictKey(web, node(n)), busy);
  lab.events.length = 0;
  lab.changes.length = 0;
  lab.lowest.clear();
  return lab;
};
const atZero = (lab: DecideLab): number =>
  Object.values(lab.weights()).filter((weight) => weight === 0).length;

describe('a cluster that is not known yet', () => {
  it.each(['nodes', 'services', 'endpointslices'] as const)(
    'edits nothing without its %s',
    (list) => {
      const lab = new DecideLab().want(all(3));
      lab.wanted = { ...lab.wanted, lists: { ...lab.wanted.lists, [list]: undefined } };
      lab.until(1_000);
      expect([lab.changes, lab.claims]).toEqual([[], []]);
      expect(lab.story()).toEqual(['0 cluster-held not-synced']);
      expect(lab.want(all(3)).until(1_001).weights()).toEqual({
        '10.0.0.1': 100,
        '10.0.0.2': 100,
        '10.0.0.3': 100,
      });
      expect(lab.story()).toContain('1000 cluster-released');
    },
  );
});

describe('what shrinks to nothing', () => {
  const notSelected = {
    kind: 'leaves',
    cause: 'not-selected',
    pace: 'ramp',
    basis: 'asked',
  } as const;
  it.each([
    [
      'no node',
      () => wantedOf([wantedService([])], { lists: { nodes: 0, services: 1, endpointslices: 1 } }),
    ],
    ['no Service', () => wantedOf([], { lists: { nodes: 6, services: 0, endpointslices: 1 } })],
    ['a class that is nobody’s', () => wantedOf([])],
    ['nodes of which none is in it', () => wantedOf([wantedService([])])],
    [
      'a selector that selects nobody',
      () => wantedOf([wantedService(all(4).map((each) => ({ ...each, presence: notSelected })))]),
    ],
    [
      'no slice, where servers were in for the sake of one',
      () =>
        wantedOf([wantedService(all(4).map((each) => ({ ...each, presence: noEndpoint })))], {
          lists: { nodes: 6, services: 1, endpointslices: 0 },
        }),
    ],
  ])('is not believed for five minutes: %s', (_, wanted) => {
    const lab = running(4);
    lab.wanted = wanted();
    lab.until(399);
    expect(lab.changes).toEqual([]);
    expect(lab.story()).toEqual(['100 cluster-held meltdown']);
    lab.until(401);
    expect(lab.changes).not.toEqual([]);
  });

  it('is no list that never had anything: nodes come and go without any slice', () => {
    const lab = running(4);
    lab.wanted = wantedOf([wantedService(all(3))], {
      lists: { nodes: 6, services: 1, endpointslices: 0 },
    });
    lab.until(399);
    expect(lab.story()).not.toContain('100 cluster-held meltdown');
    expect(lab.changes).not.toEqual([]);
  });

  it('ends by itself when the lists are whole again, and nothing was done', () => {
    const lab = running(4);
    lab.wanted = wantedOf([], { lists: { nodes: 0, services: 0, endpointslices: 0 } });
    lab.until(200);
    lab.want(all(4)).until(1_000);
    expect(lab.changes).toEqual([]);
    expect(lab.story()).toEqual(['100 cluster-held meltdown', '200 cluster-released']);
  });

  it('is not believed for as long as the API server is not well, unless a person says so', () => {
    const lab = running(4);
    lab.isApiReady = false;
    lab.wanted = wantedOf([wantedService([])]);
    lab.until(2_000);
    expect(lab.changes).toEqual([]);
    lab.isContinued = true;
    lab.settle();
    expect(lab.changes).not.toEqual([]);
  });
});

describe('the last servers of a service', () => {
  it.each([
    ['labelled', labelled],
    ['tainted', tainted],
    ['without endpoints', noEndpoint],
  ])('keep their weight when all are %s, as many as keep.servers says', (_, presence) => {
    const lab = running(4);
    lab.terms = { ...defaultTerms, keep: { servers: 2, whenNothingIsLeft: 'hold' } };
    lab.want(all(4).map((each) => ({ ...each, presence }))).until(5_000);
    expect(atZero(lab)).toBe(2);
    expect(lab.lowest.get(web)).toBeGreaterThanOrEqual(200);
    expect(lab.story().filter((line) => line.endsWith(' keep'))).toHaveLength(2);
  });

  it('leave as soon as others have come', () => {
    const lab = running(1);
    lab.want([one(1, { presence: tainted })]).until(150);
    expect(lab.weights()).toEqual({ '10.0.0.1': 100 });
    lab.want([one(1, { presence: tainted }), one(2)]).until(150);
    expect(lab.weights()).toEqual({ '10.0.0.1': 100, '10.0.0.2': 0 });
    lab.until(153);
    expect(lab.weights()).toEqual({ '10.0.0.1': 0, '10.0.0.2': 10 });
  });
});

describe('departures that nobody has asked for', () => {
  it('go in batches of a quarter of the weight, the next when those before are empty', () => {
    const lab = running(8);
    lab.want([one(1), one(2)]).until(200);
    expect(atZero(lab)).toBe(2);
    expect(lab.story().filter((line) => line.endsWith(' batch'))).toHaveLength(4);
    for (const n of [3, 4]) lab.busy.delete(verdictKey(web, node(n)));
    lab.until(201);
    expect(Object.keys(lab.weights())).toHaveLength(6);
    expect(atZero(lab)).toBe(1);
  });

  it('wait for nobody who had all the time there is', () => {
    const lab = running(8);
    lab.want([one(1), one(2)]).until(699);
    expect(atZero(lab)).toBe(2);
    lab.until(701);
    expect(atZero(lab)).toBe(4);
  });

  it('go all at once where somebody asked, or where traffic would fail', () => {
    for (const presence of [labelled, tainted, noEndpoint]) {
      const lab = running(8);
      lab.want(all(8).map((each, i) => (i < 6 ? { ...each, presence } : each))).until(101);
      expect(atZero(lab)).toBe(6);
    }
  });

  it('take one even where one is more than a quarter', () => {
    const lab = running(2);
    lab.want([one(1)]).until(101);
    expect(lab.weights()).toEqual({ '10.0.0.1': 100, '10.0.0.2': 0 });
  });
});

describe('servers of others in the same virtual service', () => {
  it('keep their weight and their share to the last digit, whoever of ours comes or goes', () => {
    const lab = new DecideLab().foreign({ '10.9.9.1': 60, '10.9.9.2': 30 }).want(all(3)).until(100);
    const own = (): number =>
      Object.entries(lab.weights()).reduce(
        (sum, [at, w]) => (at.startsWith('10.9') ? sum : sum + w),
        0,
      );
    expect(lab.weights()).toMatchObject({ '10.9.9.1': 60, '10.9.9.2': 30 });
    expect(own()).toBe(135);
    for (const n of [1, 2, 3]) lab.busy.set(verdictKey(web, node(n)), busy);
    for (const [servers, until] of [
      [[one(1, { presence: labelled }), one(2), one(3)], 150],
      [[one(1), one(2), one(3, { presence: tainted })], 200],
      [[one(1), one(2), one(3), one(4), one(5)], 300],
    ] as const) {
      lab.want(servers);
      for (let s = until - 50; s <= until; s++) {
        lab.until(s);
        expect([s, own()]).toEqual([s, 135]);
      }
    }
    expect(lab.weights()).toMatchObject({ '10.9.9.1': 60, '10.9.9.2': 30, '10.0.0.1': 27 });
    const others = lab.changes.filter(({ kind, ...change }) =>
      'server' in change ? change.server.address.startsWith('10.9') : kind === 'add-service',
    );
    expect(others).toEqual([]);
  });

  it('that the cluster wants as its own are left alone, and said, until somebody adopts them', () => {
    const lab = new DecideLab().foreign({ '10.0.0.1': 40, '10.9.9.9': 40 }).want(all(1)).until(100);
    expect([lab.changes, lab.claims]).toEqual([[], []]);
    expect(lab.story()).toEqual(['0 server-held 10.0.0.1 foreign']);
    lab.terms = { ...defaultTerms, adopts: true };
    lab.until(101);
    expect(lab.weights()).toEqual({ '10.0.0.1': 40, '10.9.9.9': 40 });
    expect(lab.states()).toEqual({ '10.0.0.1': 'in' });
    expect(lab.claims[0]?.addedService).toBe(false);
  });
});

describe('an own server that somebody else edits', () => {
  it('holds its service with a diff, and no other, until it is as it was or a person goes on', () => {
    const lab = new DecideLab();
    const dns = 'udp/203.0.113.10:53' as typeof web;
    lab.wanted = wantedOf([wantedService(all(3)), wantedService(all(3), { service: dns })]);
    lab.until(100);
    lab.changes.length = 0;
    const server = lab.services[0]?.servers[0];
    if (!server) throw new Error('no server');
    lab.apply({ kind: 'set-weight', service: web, server: { ...server, weight: 7 } });
    lab.until(101);
    expect(lab.events.at(-1)).toMatchObject({
      type: 'service-held',
      service: web,
      why: 'somebody-else',
      diff: ['10.0.0.1:30443: weight 100 expected, 7 found'],
    });
    const less = all(3).map((each, i) => (i === 1 ? { ...each, presence: tainted } : each));
    lab.wanted = wantedOf([wantedService(less), wantedService(less, { service: dns })]);
    lab.until(102);
    expect(lab.weights(web)).toEqual({ '10.0.0.1': 7, '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.weights(dns)).toEqual({ '10.0.0.1': 100, '10.0.0.3': 100 });
    lab.isContinued = true;
    lab.settle();
    expect(lab.weights(web)['10.0.0.1']).toBe(100);
    expect(lab.story()).toContain('102 service-released');
  });

  it('a whole table that is gone, as after a reboot, is built anew at once', () => {
    const lab = running(3);
    lab.services = [];
    lab.until(101);
    expect(lab.weights()).toEqual({ '10.0.0.1': 100, '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.claims[0]?.addedService).toBe(true);
  });
});

describe('an own server that an operator or a guard has out', () => {
  it('is not brought in by the cluster, and taken out of the table when the cluster lets it go', () => {
    const lab = running(3);
    const server = lab.services[0]?.servers[0];
    if (!server) throw new Error('no server');
    lab.apply({ kind: 'set-weight', service: web, server: { ...server, weight: 0 } });
    lab.excused.set(web, new Set([node(1)]));
    lab.changes.length = 0;
    lab.until(200);
    lab.want([one(1, { uid: 'other' }), one(2), one(3)]).until(210);
    expect(lab.changes).toEqual([]);
    lab.busy.clear();
    lab.want([one(1, { presence: labelled }), one(2), one(3)]).until(220);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('is in the table at weight 0 again when its node comes back, where `drain in` finds it', () => {
    const lab = running(3);
    lab.busy.clear();
    lab.excused.set(web, new Set([node(1)]));
    lab.want([one(1, { presence: labelled }), one(2), one(3)]).until(120);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    lab.want(all(3)).until(200);
    expect(lab.weights()).toEqual({ '10.0.0.1': 0, '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('that has its weight again is no edit of somebody else', () => {
    const lab = running(3);
    const server = lab.services[0]?.servers[0];
    if (!server) throw new Error('no server');
    lab.excused.set(web, new Set([node(1)]));
    lab.apply({ kind: 'set-weight', service: web, server: { ...server, weight: 0 } });
    lab.until(110);
    lab.apply({ kind: 'set-weight', service: web, server });
    lab.excused.clear();
    lab.changes.length = 0;
    lab.until(120);
    expect(lab.changes).toEqual([]);
    expect(lab.story()).toEqual([]);
  });
});
