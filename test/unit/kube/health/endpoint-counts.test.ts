import { describe, expect, it } from 'vitest';
import type { KubeNoticeBody } from '../../../../src/domain/events/kube-event.ts';
import { createEndpointCounts } from '../../../../src/kube/health/endpoint-counts.ts';
import { wantedServer, wantedService, web } from '../../../support/kube/decide-lab.ts';

function openLab() {
  const told: KubeNoticeBody[] = [];
  const counts = createEndpointCounts((notice) => void told.push(notice));
  const hear = (endpoints: number | undefined, more: { at?: number; slices?: number } = {}) => {
    const { at = 1, slices = 2 } = more;
    const of = wantedService([1, 2].map((n) => wantedServer(n, { endpoints: slices })));
    counts.heard(of, `10.0.0.${at}`, endpoints);
  };
  return { told, counts, hear };
}

describe('the endpoints that kube-proxy of a node counts', () => {
  it('and that the EndpointSlices do not are said after three answers, once a service', () => {
    const { told, hear } = openLab();
    for (let i = 0; i < 2; i++) hear(1);
    expect(told).toEqual([]);
    for (let i = 0; i < 5; i++) hear(1);
    for (let i = 0; i < 5; i++) hear(3, { at: 2 });
    expect(told).toMatchObject([
      { reason: 'EndpointsDiffer', about: 'Service ingress/controller' },
    ]);
    expect(JSON.stringify(told)).toContain(
      'worker-1 counts 1 ready endpoints, the EndpointSlices 2',
    );
  });

  it('are compared anew once they agree, and where slices and answers only come one after the other', () => {
    const { told, hear, counts } = openLab();
    for (let i = 0; i < 3; i++) hear(1);
    hear(1, { slices: 1 });
    for (let i = 0; i < 3; i++) hear(1);
    expect(told).toHaveLength(2);
    counts.keep(new Set());
    for (let i = 0; i < 9; i++) hear(i % 3 === 0 ? 2 : 1);
    expect(told).toHaveLength(2);
    counts.keep(new Set([web]));
  });

  it('are no matter where the answer has none, or the Service is not of local traffic', () => {
    const { told, hear, counts } = openLab();
    for (let i = 0; i < 5; i++) hear(undefined);
    for (let i = 0; i < 5; i++) counts.heard(wantedService([wantedServer(1)]), '10.0.0.1', 7);
    expect(told).toEqual([]);
  });
});
