import { expect, it } from 'vitest';
import { createPersistenceNotes } from '../../../src/control/kube/persistence-notes.ts';
import type { KubeNoticeBody } from '../../../src/domain/events/kube-event.ts';
import { noHostFacts } from '../../../src/domain/ipvs/host-facts.ts';
import type { DrivenDirector } from '../../../src/kube/run/kube-run-ports.ts';
import { startMs, wantedOf, wantedServer, wantedService } from '../../support/kube/decide-lab.ts';

const driven = (name: string, value: number | undefined): DrivenDirector => ({
  table: name,
  director: {
    name,
    facts: async () => ({
      ...noHostFacts,
      sysctls: new Map(value === undefined ? [] : [['expire_quiescent_template', value]]),
    }),
  } as unknown as DrivenDirector['director'],
});

it('client affinity is warned of once where the kernel keeps sending those clients', async () => {
  const told: KubeNoticeBody[] = [];
  const noted: string[] = [];
  const look = createPersistenceNotes({
    directors: [driven('lb1', 0), driven('lb2', 1), driven('lb3', undefined)],
    tell: (notice) => void told.push(notice),
    note: ({ reason }) => void noted.push(reason),
  });
  const persistence = { timeoutS: 10_800 };
  const wanted = wantedOf([wantedService([wantedServer(1)], { persistence })]);
  const standings = ['lb1', 'lb2', 'lb3'].map((director) => ({
    ...{ director, claims: [], states: new Map(), held: new Map(), applied: wanted, atMs: startMs },
  }));
  await look(standings);
  await look(standings);
  expect(told).toMatchObject([
    { reason: 'PersistenceKeepsClients', about: 'Service ingress/controller' },
  ]);
  expect(told[0]).toMatchObject({ message: expect.stringContaining('10800 s') });
  expect(noted).toEqual(['PersistenceKeepsClients']);
});
