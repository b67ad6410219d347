import { describe, expect, it } from 'vitest';
import {
  wantedServer as one,
  startMs,
  tainted,
  wantedOf,
  wantedService,
  web,
} from '../../../support/kube/decide-lab.ts';
import { KubeLoopLab } from '../../../support/kube/kube-loop-lab.ts';

const three = wantedOf([wantedService([one(1), one(2), one(3)])]);
const firstOut = wantedOf([wantedService([one(1, { presence: tainted }), one(2), one(3)])]);
const full = { '10.0.0.1': 100, '10.0.0.2': 100, '10.0.0.3': 100 };

describe('the loop of one director', () => {
  it('builds a virtual service with its servers in one ipvsadm process, and reads it back', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    expect(await lab.runUntil(5)).toBe(143);
    expect(lab.weights()).toEqual(full);
    expect(lab.edits()).toEqual([
      [
        '-A -t 203.0.113.10:443 -s wrr',
        '-a -t 203.0.113.10:443 -r 10.0.0.1:30443 -m -w 100',
        '-a -t 203.0.113.10:443 -r 10.0.0.2:30443 -m -w 100',
        '-a -t 203.0.113.10:443 -r 10.0.0.3:30443 -m -w 100',
      ],
    ]);
    expect(lab.troubles).toEqual([]);
    const claims = await lab.store.marks.clusters.list();
    expect(claims.ok && claims.value).toMatchObject([
      { service: web, cluster: 'prod', addedService: true },
    ]);
  });

  it('starts no process for 10,000 heartbeats, and a few a minute to see that the table is there', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    const happenings: Record<number, () => void> = { 2: () => lab.calls.splice(0) };
    for (let beat = 0; beat < 100; beat++) {
      happenings[3 + beat / 10] = () => {
        for (let i = 0; i < 100; i++) lab.heartbeat();
      };
    }
    await lab.runUntil(25, happenings);
    expect(lab.calls).toEqual([]);
  });

  it('takes a node to 0 in the very moment that the cluster says so, drains it and removes it', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    const seen: unknown[] = [];
    await lab.runUntil(60, {
      10: () => lab.want(firstOut),
      10.5: () => seen.push(lab.weights()),
      30: () => lab.calls.splice(0),
    });
    expect(seen).toEqual([{ ...full, '10.0.0.1': 0 }]);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(
      lab.events.map(({ type, atMs }) => `${(atMs - startMs) / 1_000} ${type}`).slice(4),
    ).toEqual([
      expect.stringMatching(/^10(\.0\d+)? server-leaving$/),
      expect.stringMatching(/^1[5-7](\.\d+)? server-drained$/),
    ]);
    // Nobody leaves any more: what is left is the look twice a minute.
    expect(lab.calls.length).toBeLessThanOrEqual(2);
  });

  it('whose ipvsadm takes 3 s a call has a node at 0 after two of them, whoever is waited for', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    lab.callMs = 3_000;
    const seen: unknown[] = [];
    const two = [one(1, { presence: tainted }), one(2, { presence: tainted }), one(3)];
    await lab.runUntil(120, {
      30: () => lab.want(firstOut),
      // The listing under the lock, and the edit.
      36.5: () => seen.push(lab.weights()),
      // While the first one's connections are counted.
      38: () => lab.want(wantedOf([wantedService(two)])),
      44.5: () => seen.push(lab.weights()),
      45: () => lab.calls.splice(0),
    });
    expect(seen).toEqual([
      { ...full, '10.0.0.1': 0 },
      { ...full, '10.0.0.1': 0, '10.0.0.2': 0 },
    ]);
    expect(lab.weights()).toEqual({ '10.0.0.3': 100 });
    expect(lab.edits().length).toBeLessThanOrEqual(2);
    expect(lab.troubles).toEqual([]);
  });

  it('edits a table that takes its time once a second on the average, whatever changes, and three times at once', async () => {
    const lab = new KubeLoopLab();
    lab.callMs = 200;
    let before = 0;
    const happenings: Record<number, () => void> = {
      9.9: () => {
        before = lab.edits().length;
      },
    };
    const leavers = Array.from({ length: 60 }, (_, i) => i + 1);
    const left = (upTo: number) =>
      wantedOf([
        wantedService([...leavers, 61].map((n) => one(n, n <= upTo ? { presence: tainted } : {}))),
      ]);
    lab.want(left(0));
    for (const n of leavers) happenings[10 + n * 0.3] = () => lab.want(left(n));
    await lab.runUntil(30, happenings);
    const edits = lab.edits().length - before;
    expect(edits).toBeLessThanOrEqual(22);
    expect(edits).toBeGreaterThan(10);
    expect(lab.events.find(({ type }) => type === 'server-leaving')?.atMs).toBeLessThan(
      startMs + 11_500,
    );
  });

  it('asks for no counters of a Service that it has just removed', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    await lab.runUntil(60, {
      10: () => lab.want(wantedOf([wantedService([one(1), one(2), one(3)], { phase: 'ending' })])),
    });
    expect(lab.weights()).toEqual({});
    expect(lab.events.at(-1)?.type).toBe('service-removed');
    expect(lab.troubles).toEqual([]);
  });

  it('goes on where a controller before it was stopped', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    await lab.runUntil(12, { 10: () => lab.want(firstOut) });
    expect(lab.weights()).toEqual({ ...full, '10.0.0.1': 0 });
    await lab.runUntil(60);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('does the rest on a director that was away as soon as it answers', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    await lab.runUntil(120, {
      10: () => {
        lab.isAway = true;
        lab.want(firstOut);
      },
      60: () => {
        lab.isAway = false;
      },
    });
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.troubles[0]).toContain('lb1 does not answer');
  });

  it('builds anew what a reboot has emptied, and holds what somebody edits until drain continue', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    const seen: unknown[] = [];
    await lab.runUntil(200, {
      10: () => lab.simulation.ipvsadm(['-C']),
      60: () => seen.push(lab.weights()),
      61: () =>
        lab.simulation.ipvsadm([
          '-e',
          '-t',
          '203.0.113.10:443',
          '-r',
          '10.0.0.2:30443',
          '-m',
          '-w',
          '7',
        ]),
      110: () => lab.want(firstOut),
      120: () => seen.push(lab.weights()),
      130: () => lab.running?.goOn(),
    });
    expect(seen).toEqual([full, { ...full, '10.0.0.2': 7 }]);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(
      lab.events.filter(({ type }) => type.startsWith('service-')).map(({ type }) => type),
    ).toEqual(['service-added', 'service-added', 'service-held', 'service-released']);
  });

  it('leaves a service to a rollout, and takes it over as the rollout leaves it', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    let release = async (): Promise<void> => {};
    const seen: unknown[] = [];
    await lab.runUntil(150, {
      10: () => {
        void lab.store.lock([`${web} on ipvsadm`], '2026-01-01-x').then((lock) => {
          if (lock.ok) release = () => lock.value.release();
        });
      },
      11: () => lab.want(firstOut),
      12: () =>
        lab.simulation.ipvsadm([
          '-e',
          '-t',
          '203.0.113.10:443',
          '-r',
          '10.0.0.2:30443',
          '-m',
          '-w',
          '7',
        ]),
      60: () => seen.push(lab.weights()),
      61: () => void release(),
    });
    expect(seen).toEqual([{ ...full, '10.0.0.2': 7 }]);
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('writes nothing while another instance leads, and takes no edit of that one for somebody else’s', async () => {
    const lab = new KubeLoopLab();
    lab.want(three);
    const edit = (weight: string) =>
      lab.simulation.ipvsadm([
        '-e',
        '-t',
        '203.0.113.10:443',
        '-r',
        '10.0.0.2:30443',
        '-m',
        '-w',
        weight,
      ]);
    await lab.runUntil(100, {
      10: () => {
        lab.isLeader = false;
        lab.calls.splice(0);
        lab.want(firstOut);
      },
      20: async () => {
        const kept = await lab.store.marks.clusters.list();
        const claim = kept.ok ? kept.value[0] : undefined;
        if (!claim) throw new Error('no claim');
        const servers = claim.servers.map((each) =>
          each.server.startsWith('10.0.0.2:') ? { ...each, weight: 50 } : each,
        );
        await lab.store.marks.clusters.put({ ...claim, servers });
        edit('50');
      },
      59: () => {
        expect(lab.edits()).toEqual([]);
        lab.isLeader = true;
        lab.heartbeat();
      },
    });
    expect(lab.weights()).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    expect(lab.events.map(({ type }) => type)).toEqual([
      'service-added',
      'server-joined',
      'server-joined',
      'server-joined',
      'server-leaving',
      'server-drained',
    ]);
  });
});
