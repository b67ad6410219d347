import { describe, expect, it } from 'vitest';
import {
  examineControllers,
  examineReachability,
} from '../../../../src/control/kube/examine/examine-cluster.ts';
import { examineRights, rightsFor } from '../../../../src/control/kube/examine/examine-rights.ts';
import { ok } from '../../../../src/domain/failure.ts';
import { wantedOf } from '../../../../src/kube/wanted/wanted-of.ts';
import { httpCheck } from '../../../../src/kube/wanted/wishes.ts';
import { cluster, node, nowMs, service } from '../../../support/kube/cluster-objects.ts';
import { wantedServer, wantedService } from '../../../support/kube/decide-lab.ts';
import { settingsOf } from '../../../support/kube/kube-settings.ts';

describe('the rights that a file takes', () => {
  const settings = settingsOf();

  it('are those of the manifests, and what is missing is named with verb and resource', async () => {
    expect(rightsFor(settings)).toContainEqual({
      ...{ verb: 'patch', group: '', resource: 'services/status', namespace: undefined },
    });
    const api = (denied: readonly string[]) => ({
      server: 'https://10.0.0.1:6443',
      allows: async ({ verb, resource }: { verb: string; resource: string }) =>
        ok(!denied.includes(`${verb} ${resource}`)),
    });
    expect(await examineRights(api([]), settings)).toMatchObject([{ severity: 'ok' }]);
    const denied = ['watch nodes', 'patch services/status'];
    expect(await examineRights(api(denied), settings)).toMatchObject([
      {
        ...{ severity: 'error', kind: 'preflight', code: 'kube-rights' },
        message: 'the user of the kubeconfig may not watch nodes, patch services/status',
      },
    ]);
  });
});

it('a Service that somebody else gives an address as well has two controllers', () => {
  const web = (ip: string) => service('web', { ingress: [{ ip }] });
  const found = (ip: string) => {
    const snapshot = cluster({ nodes: [node('n1')], services: [web(ip)] });
    const wanted = wantedOf(settingsOf(), snapshot, { nowMs });
    return examineControllers(snapshot, wanted).map((one) => one.code);
  };
  expect(found('203.0.113.10')).toEqual([]);
  expect(found('198.51.100.1')).toEqual(['two-controllers']);
});

it('nodes are asked their checks from here, each question once', async () => {
  const check = httpCheck('http://{address}:10256/healthz');
  const services = [
    wantedService([wantedServer(1), wantedServer(2)], { check }),
    wantedService([wantedServer(1)], { check }),
  ];
  const asked: string[] = [];
  const findings = await examineReachability(
    { services },
    {
      createCheck: async (_, { address }) =>
        ok({
          ...{ name: address, kind: 'check' },
          async ask() {
            asked.push(address);
            return { passed: address === '10.0.0.1', detail: 'refused' };
          },
        }),
    },
  );
  expect(asked).toEqual(['10.0.0.1', '10.0.0.2']);
  expect(findings).toMatchObject([
    { message: expect.stringContaining('1 of 2 servers do not answer') },
  ]);
});
