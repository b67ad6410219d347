import { expect, it } from 'vitest';
import { bindWrr } from '../../../../src/ipvs/simulated/schedulers/wrr.ts';
import { blankMemory, verdictKey } from '../../../../src/kube/decide/kube-view.ts';
import {
  DecideLab,
  labelled,
  node,
  wantedServer as one,
  tainted,
  web,
} from '../../../support/kube/decide-lab.ts';

it('of 11,250 connections while own servers leave, join and come back others get exactly what they had', () => {
  const others = { '10.9.9.1': 60, '10.9.9.2': 30 };
  const lab = new DecideLab()
    .foreign(others)
    .want([one(1), one(2), one(3)])
    .until(100);
  for (const n of [1, 2, 3])
    lab.busy.set(verdictKey(web, node(n)), { kind: 'busy', connections: 7 });
  const counts = new Map<string, number>();
  // A whole cycle of wrr each second: 135 for the cluster's, however many these are, and 90 for the others.
  for (let second = 100; second < 150; second++) {
    if (second === 105) lab.want([one(1, { presence: labelled }), one(2), one(3)]);
    if (second === 120) lab.want([one(1), one(2), one(3, { presence: tainted }), one(4)]);
    if (second === 135) lab.want([one(1), one(2), one(3), one(4), one(5)]);
    lab.until(second);
    const rows = (lab.services.find(({ key }) => key === web)?.servers ?? []).map(
      ({ address, weight }) => ({
        ...{ id: address, weight, overloaded: false, activeConn: 0, inActConn: 0 },
      }),
    );
    const wrr = bindWrr(rows);
    for (let i = 0; i < 225; i++) {
      const at = wrr.schedule()?.id ?? 'nobody';
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
  }
  expect(counts.has('nobody')).toBe(false);
  expect(counts.get('10.9.9.1')).toBe(50 * 60);
  expect(counts.get('10.9.9.2')).toBe(50 * 30);
  expect(counts.size).toBe(7);
});

it('whichever server passes its check first, and however long the others take, each ends at the weight of the one beside them', () => {
  const servers = [1, 2, 3, 4].map((n) => one(n));
  const orders = servers.flatMap(({ key: first }) =>
    servers.flatMap(({ key: second }) => (first === second ? [] : [[first, second]])),
  );
  for (const order of orders) {
    for (let together = 1; together <= 4; together++) {
      const rest = servers.map(({ key }) => key).filter((key) => !order.includes(key));
      const keys = [...order, ...rest];
      const lab = new DecideLab().foreign({ '10.9.9.1': 60 });
      for (const key of keys) lab.health.set(verdictKey(web, key), 'unknown');
      lab.want(servers);
      keys.forEach((key, i) => {
        if (i >= together) lab.until(100 * (i - together + 1));
        lab.health.set(verdictKey(web, key), 'up');
        lab.settle();
      });
      lab.until(1_000);
      const story = `${keys}, ${together} together`;
      const rows = lab.services.find(({ key }) => key === web)?.servers ?? [];
      const weights = Object.fromEntries(rows.map(({ key, weight }) => [key, weight]));
      const own = Object.fromEntries(keys.map((key) => [key, 60]));
      expect(weights, story).toEqual({ '10.9.9.1:30443': 60, ...own });
    }
  }
});

it('beside a rollout that was cut off in mid-ramp whoever stays keeps its weight, and those who leave give none to the others', () => {
  const lab = new DecideLab()
    .foreign({ '10.9.9.1': 60 })
    .want([one(1), one(2), one(3), one(4)])
    .until(100);
  expect(byAddress(lab)).toEqual({ 1: 60, 2: 60, 3: 60, 4: 60, others: 60 });
  // As the ramp of a drain out has left it; the process and the memory of the controller are new.
  lab.services = lab.services.map((service) => ({
    ...service,
    servers: service.servers.map((row) => (row.key === node(4) ? { ...row, weight: 20 } : row)),
  }));
  lab.excused.set(web, new Set([node(4)]));
  lab.inMidRamp.add(web);
  lab.memory = blankMemory;
  lab.until(110);
  expect(byAddress(lab)).toEqual({ 1: 60, 2: 60, 3: 60, 4: 20, others: 60 });
  lab.want([one(1), one(2), one(3, { presence: labelled }), one(4)]);
  lab.busy.set(verdictKey(web, node(3)), { kind: 'busy', connections: 1 });
  lab.until(120);
  expect(byAddress(lab)).toEqual({ 1: 60, 2: 60, 3: 0, 4: 20, others: 60 });
  // It is rolled back: all that the cluster has in is in the share of all again.
  lab.inMidRamp.clear();
  lab.until(130);
  expect(byAddress(lab)).toEqual({ 1: 120, 2: 120, 3: 0, 4: 20, others: 60 });
});

const byAddress = (lab: DecideLab): Readonly<Record<string, number>> =>
  Object.fromEntries(
    (lab.services.find(({ key }) => key === web)?.servers ?? []).map(({ address, weight }) => [
      address.startsWith('10.9') ? 'others' : (address.split('.').at(-1) ?? ''),
      weight,
    ]),
  );
