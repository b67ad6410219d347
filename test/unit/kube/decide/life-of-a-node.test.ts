import { describe, expect, it } from 'vitest';
import { verdictKey } from '../../../../src/kube/decide/kube-view.ts';
import {
  DecideLab,
  defaultTerms,
  labelled,
  node,
  noEndpoint,
  wantedServer as one,
  startMs,
  tainted,
  wantedOf,
  wantedService,
  web,
} from '../../../support/kube/decide-lab.ts';

const three = [one(1), one(2), one(3)];
const busy = { kind: 'busy', connections: 7, reason: 'long-lived-connections' } as const;
const full = { '10.0.0.1': 100, '10.0.0.2': 100, '10.0.0.3': 100 };

/** Three nodes that are in since the start; the clock is at 100 s. */
const running = (): DecideLab => {
  const lab = new DecideLab().want(three).until(100);
  lab.events.length = 0;
  lab.changes.length = 0;
  return lab;
};

describe('a node that joins', () => {
  it('alone or with all others has its weight at once: a ramp is beside others that have the rest', () => {
    const lab = new DecideLab().want(three).until(0);
    expect(lab.weights()).toEqual(full);
    expect(lab.states()).toEqual({ '10.0.0.1': 'in', '10.0.0.2': 'in', '10.0.0.3': 'in' });
    expect(lab.changes.map(({ kind }) => kind)).toEqual([
      'add-service',
      'add-server',
      'add-server',
      'add-server',
    ]);
  });

  it('comes with weight 0 and gets a tenth more every 3 s of a ramp of 30 s', () => {
    const lab = running().want([...three, one(4)]);
    const seen: (number | undefined)[] = [];
    for (const s of [100, 102.9, 103, 115, 127, 130]) {
      lab.until(s);
      seen.push(lab.weights()['10.0.0.4']);
    }
    expect(seen).toEqual([0, 0, 10, 50, 90, 100]);
    expect(lab.story()).toEqual(['130 server-joined 10.0.0.4']);
    expect(lab.changes.filter(({ kind }) => kind === 'add-server')).toHaveLength(1);
    expect(lab.lowest.get(web)).toBe(100);
  });

  it('does not come while it waits, and comes when the wait is over without anything else', () => {
    const untilMs = startMs + 110_000;
    const waits = { kind: 'waits', why: 'ready-too-short', untilMs } as const;
    const lab = running().want([...three, one(4, { presence: waits })]);
    expect(lab.settle().services[0]).toMatchObject({ dueMs: untilMs, edits: [] });
    expect(lab.settle().services[0]?.states.get(node(4))).toBe('waiting');
  });

  it('does not come before its check passes', () => {
    const lab = running().want([...three, one(4)]);
    lab.health.set(verdictKey(web, node(4)), 'unknown');
    expect(lab.until(110).changes).toEqual([]);
    lab.health.set(verdictKey(web, node(4)), 'up');
    expect(lab.until(110).weights()['10.0.0.4']).toBe(0);
  });

  it('has the share of its ready endpoints exactly, whatever it is', () => {
    const lab = new DecideLab()
      .want([one(1, { capacity: 3 }), one(2, { capacity: 1 }), one(3, { capacity: 2 })])
      .until(0);
    expect(lab.weights()).toEqual({ '10.0.0.1': 300, '10.0.0.2': 100, '10.0.0.3': 200 });
    lab.want([one(1, { capacity: 3 }), one(2, { capacity: 2 }), one(3, { capacity: 2 })]).until(1);
    expect(lab.weights()).toEqual({ '10.0.0.1': 300, '10.0.0.2': 200, '10.0.0.3': 200 });
  });
});

describe('a node that leaves', () => {
  it('for its label goes to 0, stays until it is empty, and is removed then', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.want([one(1, { presence: labelled }), one(2), one(3)]).until(200);
    expect(lab.weights()).toEqual({ ...full, '10.0.0.1': 0 });
    lab.busy.clear();
    lab.until(230);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.events).toMatchObject([
      { type: 'server-leaving', node: 'worker-1', cause: 'exclude-label' },
      { type: 'server-drained', cause: 'exclude-label', connections: 0 },
    ]);
    expect(lab.claims[0]?.servers.map(({ server }) => server)).toEqual([node(2), node(3)]);
  });

  it('little by little where leave.over says so, and at once for a taint all the same', () => {
    const lab = running();
    lab.terms = { ...defaultTerms, leave: { ...defaultTerms.leave, overMs: 10_000 } };
    for (const n of [1, 2]) lab.busy.set(verdictKey(web, node(n)), busy);
    lab.want([one(1, { presence: labelled }), one(2, { presence: tainted }), one(3)]);
    const seen = [100, 101, 105, 110].map((s) => lab.until(s).weights());
    expect(seen.map((weights) => [weights['10.0.0.1'], weights['10.0.0.2']])).toEqual([
      [100, 0],
      [90, 0],
      [50, 0],
      [0, 0],
    ]);
  });

  it('at the timeout is held at 0 with the reason, once, and removed when it is empty after all', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.want([one(1, { presence: tainted }), one(2), one(3)]).until(1_000);
    expect(lab.story()).toEqual([
      '100 server-leaving 10.0.0.1 taint',
      '700 not-draining 10.0.0.1 taint',
    ]);
    expect(lab.events[1]).toMatchObject({
      cause: 'taint',
      reason: 'long-lived-connections',
      connections: 7,
    });
    expect(lab.weights()['10.0.0.1']).toBe(0);
    lab.busy.clear();
    lab.until(1_001);
    expect(lab.weights()['10.0.0.1']).toBeUndefined();
  });

  it('at the timeout is removed with its connections where onTimeout says so', () => {
    const lab = running();
    lab.terms = { ...defaultTerms, leave: { ...defaultTerms.leave, onTimeout: 'remove' } };
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.want([one(1, { presence: tainted }), one(2), one(3)]).until(1_000);
    expect(lab.events.at(-1)).toMatchObject({
      type: 'server-drained',
      afterMs: 600_000,
      connections: 7,
    });
  });

  it('goes on to leave when the API server is gone, and nobody else does', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.want([one(1, { presence: tainted }), one(2), one(3)]).until(110);
    lab.memory = { services: new Map() };
    lab.wanted = wantedOf([], { lists: { nodes: undefined, services: 1, endpointslices: 1 } });
    lab.until(120);
    expect(lab.weights()).toEqual({ ...full, '10.0.0.1': 0 });
    lab.busy.clear();
    lab.until(121);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.story()).toContain('110 cluster-held not-synced');
  });

  it('stays as it is for a NotReady, which is the control plane’s view', () => {
    const waits = { kind: 'waits', why: 'not-ready' } as const;
    const lab = running().want(three.map((each) => ({ ...each, presence: waits })));
    expect(lab.until(1_000).changes).toEqual([]);
    expect(lab.story()).toEqual([]);
  });

  it('stays in the table at weight 0 for as long as its check fails, whatever that is', () => {
    const lab = running();
    lab.health.set(verdictKey(web, node(1)), 'down');
    lab.until(2_000);
    expect(lab.weights()).toEqual({ ...full, '10.0.0.1': 0 });
    lab.health.clear();
    lab.until(2_100);
    expect(lab.weights()).toEqual(full);
    expect(lab.story()).toEqual([
      '100 server-leaving 10.0.0.1 unhealthy',
      '2000 server-returns 10.0.0.1',
      '2030 server-joined 10.0.0.1',
    ]);
  });

  it('that is out by health and by a label too stays out until neither keeps it out', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.health.set(verdictKey(web, node(1)), 'down');
    lab
      .until(110)
      .want([one(1, { presence: labelled }), one(2), one(3)])
      .until(120);
    lab.health.clear();
    expect(lab.until(130).weights()).toEqual({ ...full, '10.0.0.1': 0 });
    lab.health.set(verdictKey(web, node(1)), 'down');
    lab.want(three).until(900);
    expect(lab.weights()).toEqual({ ...full, '10.0.0.1': 0 });
    lab.health.clear();
    expect(lab.until(1_000).weights()).toEqual(full);
    expect(lab.story()).toEqual([
      '100 server-leaving 10.0.0.1 unhealthy',
      '110 server-leaving 10.0.0.1 exclude-label',
      '130 server-leaving 10.0.0.1 unhealthy',
      '900 server-returns 10.0.0.1',
      '930 server-joined 10.0.0.1',
    ]);
  });

  it('whose Node is deleted and whose check fails is removed at the timeout, and not held', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.health.set(verdictKey(web, node(1)), 'down');
    lab.want([one(2), one(3)]).until(800);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.story()).toEqual([
      '100 server-leaving 10.0.0.1 node-deleted',
      '700 server-drained 10.0.0.1 node-deleted',
    ]);
  });
});

describe('a node that comes back while it leaves', () => {
  it('goes up from where it is, and is never deleted and added', () => {
    for (let moment = 0; moment < 20; moment++) {
      const lab = running();
      lab.terms = { ...defaultTerms, leave: { ...defaultTerms.leave, overMs: 10_000 } };
      lab.busy.set(verdictKey(web, node(1)), busy);
      lab.want([one(1, { presence: labelled }), one(2), one(3)]).until(100 + moment);
      const at = lab.weights()['10.0.0.1'] ?? -1;
      expect(at).toBe(Math.max(0, 100 - 10 * moment));
      lab.want(three).until(100 + moment);
      expect(lab.weights()['10.0.0.1']).toBe(at);
      lab.until(103 + moment);
      expect(lab.weights()['10.0.0.1']).toBe(Math.min(100, at + 10));
      lab.until(200);
      expect(lab.weights()).toEqual(full);
      expect(lab.changes.filter(({ kind }) => kind !== 'set-weight')).toEqual([]);
    }
  });

  it('under another uid, as a kubelet that registers anew, is the same row', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(1)), busy);
    lab.want([one(2), one(3)]).until(110);
    lab.want([one(1, { uid: 'uid-1b' }), one(2), one(3)]).until(150);
    expect(lab.weights()).toEqual(full);
    expect(lab.changes.every(({ kind }) => kind === 'set-weight')).toBe(true);
    expect(lab.claims[0]?.servers.find(({ server }) => server === node(1))?.uid).toBe('uid-1b');
  });

  it('again and again within ten minutes waits twice as long each time', () => {
    const lab = running();
    const out = [one(1, { presence: noEndpoint }), one(2), one(3)];
    lab.busy.set(verdictKey(web, node(1)), busy);
    const waits: number[] = [];
    let s = 100;
    for (let turn = 0; turn < 5; turn++) {
      lab.want(out).until(s);
      lab.want(three);
      const from = s;
      while ((lab.weights()['10.0.0.1'] ?? 0) === 0) {
        s += 1;
        lab.until(s);
      }
      waits.push(s - from);
      while ((lab.weights()['10.0.0.1'] ?? 0) < 100) {
        s += 1;
        lab.until(s);
      }
    }
    // The first step of the ramp is 3 s after its beginning.
    expect(waits).toEqual([3, 23, 43, 83, 163]);
  });
});

describe('a Service that is deleted', () => {
  it('takes all its own servers to 0 at once, waits until they are empty, and leaves nothing', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(2)), busy);
    lab.want(three, { phase: 'ending' }).until(150);
    expect(lab.weights()).toEqual({ '10.0.0.2': 0 });
    expect(lab.claims).toHaveLength(1);
    lab.busy.clear();
    lab.until(151);
    expect(lab.services).toEqual([]);
    expect(lab.claims).toEqual([]);
    expect(lab.story().at(-1)).toBe('150 service-removed');
  });

  it('and made anew with the same address and node port has the rows that still drain, under its own uid', () => {
    const lab = running();
    lab.busy.set(verdictKey(web, node(2)), busy);
    lab.want(three, { phase: 'ending' }).until(150);
    expect(lab.weights()).toEqual({ '10.0.0.2': 0 });
    lab.changes.length = 0;
    lab.want([one(1), one(2), one(3)], { uid: 'svc-2' }).until(250);
    expect(lab.weights()).toEqual(full);
    const ofSecond = lab.changes.filter(
      (change) => 'server' in change && change.server.key === node(2),
    );
    expect(ofSecond.every(({ kind }) => kind === 'set-weight')).toBe(true);
    expect(lab.claims).toMatchObject([{ uid: 'svc-2', servers: { length: 3 } }]);
  });

  it('leaves a virtual service that drain has not added, and servers of others', () => {
    const lab = new DecideLab().foreign({ '10.9.9.9': 50 }).want(three).until(100);
    lab.want(three, { phase: 'ending' }).until(150);
    expect(lab.weights()).toEqual({ '10.9.9.9': 50 });
    expect(lab.claims).toEqual([]);
  });

  it('without a word, its object gone at once, is let go in the same way', () => {
    const lab = new DecideLab();
    const other = wantedService([one(9)], { service: 'tcp/203.0.113.11:443' as typeof web });
    lab.wanted = wantedOf([wantedService(three), other]);
    lab.until(100);
    lab.wanted = wantedOf([other]);
    lab.until(110);
    expect(lab.services.map(({ key }) => key)).toEqual(['tcp/203.0.113.11:443']);
    expect(lab.claims.map(({ service }) => service)).toEqual(['tcp/203.0.113.11:443']);
  });
});

describe('servers of a Service with local traffic', () => {
  it('are at 0 as soon as they have no endpoint, and the last one keeps its weight', () => {
    const lab = running();
    for (const n of [1, 2, 3]) lab.busy.set(verdictKey(web, node(n)), busy);
    lab.want(three.map((each) => ({ ...each, capacity: 0, presence: noEndpoint }))).until(110);
    expect(Object.values(lab.weights()).sort()).toEqual([0, 0, 100]);
    lab
      .want([one(1, { capacity: 0, presence: noEndpoint }), one(2), one(3, { capacity: 2 })])
      .until(200);
    expect(lab.weights()).toEqual({ '10.0.0.1': 0, '10.0.0.2': 100, '10.0.0.3': 200 });
  });

  it('that are pods go all to 0, for their addresses meet strangers', () => {
    const lab = new DecideLab().want(three, { reusesAddresses: true }).until(100);
    lab.want(
      three.map((each) => ({ ...each, capacity: 0, presence: noEndpoint })),
      { reusesAddresses: true },
    );
    expect(lab.until(101).weights()).toEqual({});
    lab.want(three, { reusesAddresses: true }).until(102);
    expect(lab.weights()).toEqual(full);
  });
});
