import { describe, expect, it } from 'vitest';
import type { Floor } from '../../../../src/domain/floor/floor.ts';
import { verdictKey } from '../../../../src/kube/decide/kube-view.ts';
import type { Presence } from '../../../../src/kube/wanted/wanted.ts';
import {
  DecideLab,
  labelled,
  node,
  wantedServer as one,
  startMs,
  tainted,
  web,
} from '../../../support/kube/decide-lab.ts';

const three: Floor = { kind: 'count', count: 3 };
const all = (count: number, gone: Readonly<Record<number, Presence>> = {}) =>
  Array.from({ length: count }, (_, i) => {
    const presence = gone[i + 1];
    return one(i + 1, presence ? { presence } : {});
  });
const running = (count: number, floor: Floor): DecideLab => {
  const lab = new DecideLab().want(all(count)).until(100);
  for (let n = 1; n <= count; n++)
    lab.busy.set(verdictKey(web, node(n)), { kind: 'busy', connections: 7 });
  lab.events.length = 0;
  lab.floor = floor;
  return lab;
};
const serving = (lab: DecideLab): readonly number[] =>
  Object.values(lab.weights()).filter((weight) => weight > 0);

describe('a service at its floor', () => {
  it('lets as many nodes go as the floor has room for; the next one waits, which is said once', () => {
    const lab = running(4, three);
    lab.want(all(4, { 1: tainted, 2: labelled })).until(200);
    expect(lab.weights()).toMatchObject({ '10.0.0.1': 0, '10.0.0.2': 100 });
    expect(lab.story()).toEqual([
      '100 server-leaving 10.0.0.1 taint',
      '100 server-held 10.0.0.2 floor',
    ]);
    expect(lab.until(500).story()).toHaveLength(2);
  });

  it('lets a node go by itself when another one has come', () => {
    const lab = running(3, three);
    lab.want(all(3, { 1: tainted })).until(200);
    expect(serving(lab)).toEqual([100, 100, 100]);
    lab.want(all(4, { 1: tainted })).until(300);
    expect(lab.weights()).toEqual({
      ...{ '10.0.0.1': 0, '10.0.0.2': 100, '10.0.0.3': 100, '10.0.0.4': 100 },
    });
    expect(lab.story()).toContain('100 server-held 10.0.0.1 floor');
    expect(lab.states()).toMatchObject({ '10.0.0.1': 'leaving' });
  });

  it('counts whoever an operator has out', () => {
    const lab = running(4, three);
    lab.marks = [
      { service: web, server: node(4), reason: 'operator', weight: 100, sinceMs: startMs },
    ];
    lab.excused.set(web, new Set([node(4)]));
    lab.services = lab.services.map((service) => ({
      ...service,
      servers: service.servers.map((server) =>
        server.key === node(4) ? { ...server, weight: 0 } : server,
      ),
    }));
    lab.want(all(4, { 1: labelled })).until(200);
    expect(serving(lab)).toEqual([100, 100, 100]);
    lab.marks = [];
    lab.excused.clear();
    lab.until(300);
    expect(lab.story()).toContain('100 server-held 10.0.0.1 floor');
  });

  it('counts what a server has left that somebody is taking out, and that leaves as well', () => {
    const lab = running(4, { kind: 'count', count: 2 });
    lab.marks = [
      { service: web, server: node(1), reason: 'operator', weight: 100, sinceMs: startMs },
    ];
    lab.excused.set(web, new Set([node(1)]));
    lab.services = lab.services.map((service) => ({
      ...service,
      servers: service.servers.map((server) =>
        server.key === node(1) ? { ...server, weight: 50 } : server,
      ),
    }));
    lab.busy.clear();
    lab.want(all(4, { 1: labelled, 2: labelled, 3: labelled })).until(300);
    expect(serving(lab)).toEqual([100, 100]);
  });

  it('is measured in weight where the floor is a share', () => {
    const lab = running(4, { kind: 'percent', percent: 60 });
    lab.want(all(4, { 1: tainted, 2: tainted })).until(200);
    expect(serving(lab)).toEqual([100, 100, 100]);
  });

  it('keeps a server whose check fails, as a guard does', () => {
    const lab = running(3, three);
    lab.health.set(verdictKey(web, node(1)), 'down');
    lab.until(200);
    expect(serving(lab)).toEqual([100, 100, 100]);
    expect(lab.story()).toEqual(['100 server-held 10.0.0.1 floor']);
  });

  it('is let go as a whole when the Service is deleted', () => {
    const lab = running(3, three);
    lab.want([], { phase: 'ending' }).until(200);
    expect(serving(lab)).toEqual([]);
  });
});
