import { describe, expect, it } from 'vitest';
import { createDirector } from '../../../../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../../../../src/ipvs/simulated/simulated-director.ts';
import { runKube } from '../../../../src/kube/run/run-kube.ts';
import type { OwnedPatch } from '../../../../src/kube/status/patch-book.ts';
import type { WantedOwner } from '../../../../src/kube/wanted/wanted.ts';
import type { StopRequest } from '../../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../../src/store/memory-store.ts';
import {
  defaultTerms,
  wantedServer as one,
  startMs,
  wantedOf,
  wantedService,
} from '../../../support/kube/decide-lab.ts';

const owner: WantedOwner = {
  namespace: 'ingress',
  name: 'controller',
  uid: 'svc-1',
  version: '7',
  phase: 'ending',
  finalizers: ['drain.example/prod'],
  hasFinalizer: true,
  mayGetFinalizer: false,
  ingress: [],
  ingressNow: [],
};

describe('several directors', () => {
  it.each([
    ['when that one has done its rest', undefined, 0],
    ['with a quorum of the others', 1, 1],
  ])('go on without the one that is away, and a Service is let go %s', async (_, quorum, early) => {
    const lb1 = createSimulatedIpvsadm({ seed: 1, startMs, table: '' });
    const { clock } = lb1;
    const lb2 = createSimulatedIpvsadm({ seed: 2, startMs, table: '' });
    let isAway = false;
    let stop: StopRequest | undefined;
    let wanted = wantedOf([wantedService([one(1), one(2)])]);
    const wakes: (() => void)[] = [];
    const stopping = new AbortController();
    const patches: (OwnedPatch & { readonly atMs: number })[] = [];
    const seen: unknown[] = [];
    lb1.at(startMs + 10_000, () => {
      isAway = true;
      wanted = wantedOf([wantedService([one(1), one(2)], { phase: 'ending' })], {
        owners: [owner],
      });
      for (const wake of wakes) wake();
    });
    const rows = () => [lb1, lb2].map(({ kernel }) => kernel.table.services.length);
    lb1.at(startMs + 60_000, () => {
      seen.push(rows(), Math.min(1, patches.length));
      isAway = false;
    });
    lb1.at(startMs + 150_000, () => {
      stop = { signal: 'sigterm', again: false };
      stopping.abort();
    });
    const away = {
      kind: 'unreachable',
      failure: { kind: 'unreachable', what: 'away' },
      mayHaveRun: false,
    } as const;
    const directors = [
      createDirector({ name: 'lb1', runner: lb1.runner }),
      createDirector({
        name: 'lb2',
        runner: {
          ...lb2.runner,
          run: (args, stdin) => (isAway ? Promise.resolve(away) : lb2.runner.run(args, stdin)),
        },
      }),
    ];
    const exitCode = await runKube({
      directors: directors.map((director) => ({ director, table: director.name })),
      store: createMemoryStore(),
      ...{ clock, quorum },
      stop: { requested: () => stop, signal: () => stopping.signal },
      terms: () => defaultTerms,
      mayWrite: () => true,
      cluster: {
        wanted: () => wanted,
        onChange: (wake) => void wakes.push(wake),
        isReady: async () => true,
      },
      emit: () => {},
      trouble: () => {},
      patch: (all) => void patches.push(...all.map((patch) => ({ ...patch, atMs: clock.nowMs() }))),
    }).ended;
    expect(exitCode).toBe(143);
    expect(seen).toEqual([[0, 1], early]);
    expect(rows()).toEqual([0, 0]);
    expect(patches[0]).toMatchObject({
      name: 'controller',
      patch: { version: '7', finalizers: [] },
    });
  });
});
