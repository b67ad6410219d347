import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import type { KubeNoticeBody } from '../../../../src/domain/events/kube-event.ts';
import type { CheckedServer, CheckerPool, Hearer } from '../../../../src/guard/checkers.ts';
import { createHealthWatch } from '../../../../src/kube/health/health-watch.ts';
import { httpCheck } from '../../../../src/kube/wanted/wishes.ts';
import {
  labelled,
  node,
  noEndpoint,
  startMs,
  wantedOf,
  wantedServer,
  wantedService,
  web,
} from '../../../support/kube/decide-lab.ts';

const check = httpCheck('http://{address}:10256/healthz');
const other = 'tcp/203.0.113.10:80' as typeof web;

function openLab() {
  let hearer: Hearer | undefined;
  let asked: readonly CheckedServer[] = [];
  const pool: CheckerPool = {
    join(one) {
      hearer = one;
      return {
        keep: (wanted) => {
          asked = wanted;
        },
        stop: () => {},
      };
    },
  };
  const told: KubeNoticeBody[] = [];
  let changes = 0;
  const watch = createHealthWatch({
    ...{ pool, tell: (notice) => void told.push(notice) },
    onChange: () => {
      changes++;
    },
  });
  const answer = (address: string, passed: boolean, times = 2): void => {
    for (const one of asked.filter(({ server }) => server.address === address))
      for (let i = 0; i < times; i++)
        hearer?.heard(one, { passed, detail: 'as told', askedMs: startMs, atMs: startMs });
  };
  return {
    ...{ watch, told, answer },
    changes: () => changes,
    asked: () => asked.map(({ server }) => server.address),
  };
}

const pair = [wantedServer(1), wantedServer(2)];

describe('servers that are asked', () => {
  it('are asked once for all services that have the same question', () => {
    const lab = openLab();
    const wanted = wantedOf([
      wantedService(pair, { check }),
      wantedService(pair, { service: other, check }),
    ]);
    expect(lab.watch.healthOf(wanted).size).toBe(4);
    expect(lab.asked()).toEqual(['10.0.0.1', '10.0.0.2']);
    lab.answer('10.0.0.1', true);
    lab.answer('10.0.0.2', false);
    expect([...lab.watch.healthOf(wanted)]).toEqual([
      [`${web} ${node(2)}`, 'down'],
      [`${other} ${node(2)}`, 'down'],
    ]);
    // The first bad answer of one that never passed is news as well.
    expect(lab.changes()).toBe(3);
    expect(lab.told).toEqual([
      { type: 'check-failed', check: 'http://10.0.0.2:10256/healthz', detail: 'as told' },
    ]);
  });

  it('are those that may serve, and rows whose node object is gone', () => {
    const lab = openLab();
    const servers = [
      wantedServer(1, { presence: labelled }),
      wantedServer(2, { presence: noEndpoint }),
    ];
    const wanted = wantedOf([wantedService(servers, { check })]);
    lab.watch.know([
      {
        ...{ table: 't', service: web, cluster: 'prod', uid: 'u', addedService: true },
        of: { namespace: 'shop', name: 'web', port: 'http' },
        servers: [
          {
            ...{ server: node(3) as ServerKey, uid: 'u3', weight: 100, sinceMs: startMs },
            ...{ state: 'leaving', cause: 'node-deleted' },
          },
        ],
      },
    ]);
    lab.watch.healthOf(wanted);
    expect(lab.asked()).toEqual(['10.0.0.1', '10.0.0.3']);
  });

  it('keep their answers while a service changes around them, and are forgotten when it goes', () => {
    const lab = openLab();
    lab.watch.healthOf(wantedOf([wantedService(pair, { check })]));
    for (const address of ['10.0.0.1', '10.0.0.2']) lab.answer(address, true);
    const three = wantedOf([wantedService([...pair, wantedServer(3)], { check })]);
    expect([...lab.watch.healthOf(three)]).toEqual([[`${web} ${node(3)}`, 'unknown']]);
    lab.watch.healthOf(wantedOf([]));
    expect(lab.asked()).toEqual([]);
  });
});

it('a check that none of a service has ever passed is not believed, and said once', () => {
  const lab = openLab();
  const wanted = wantedOf([wantedService(pair, { check })]);
  lab.watch.healthOf(wanted);
  lab.answer('10.0.0.1', false);
  expect([...lab.watch.healthOf(wanted).values()]).toEqual(['unknown', 'unknown']);
  lab.answer('10.0.0.2', false);
  for (let i = 0; i < 3; i++) expect(lab.watch.healthOf(wanted).size).toBe(0);
  lab.answer('10.0.0.1', true);
  expect([...lab.watch.healthOf(wanted)]).toEqual([[`${web} ${node(2)}`, 'down']]);
  lab.answer('10.0.0.1', false);
  expect(lab.watch.healthOf(wanted).size).toBe(2);
  expect(lab.told.filter(({ type }) => type === 'problem')).toHaveLength(1);
});

it('a check that none of a service passes is waited for until each has answered once, and warned of after twice', () => {
  const lab = openLab();
  const wanted = wantedOf([wantedService(pair, { check })]);
  lab.watch.healthOf(wanted);
  lab.answer('10.0.0.1', false, 1);
  expect([...lab.watch.healthOf(wanted).values()]).toEqual(['unknown', 'unknown']);
  lab.answer('10.0.0.2', false, 1);
  expect([lab.watch.healthOf(wanted).size, lab.told]).toEqual([0, []]);
  lab.answer('10.0.0.1', false, 1);
  expect([lab.watch.healthOf(wanted).size, lab.told]).toEqual([0, []]);
  lab.answer('10.0.0.2', false, 1);
  expect(lab.watch.healthOf(wanted).size).toBe(0);
  expect(lab.told).toMatchObject([{ type: 'problem', reason: 'HealthNotBelieved' }]);
});
