import { describe, expect, it } from 'vitest';
import { type NodeConnections, waitForNode } from '../../../src/control/kube/wait.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { fail, ok } from '../../../src/domain/failure.ts';
import type { ConnectionEntry } from '../../../src/domain/ipvs/ipvs.ts';
import type { Clock, Director } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { unwrap } from '../../contract/store.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };

interface Moment {
  readonly weight: number;
  readonly open: number;
  readonly finished?: number;
  readonly isAway?: boolean;
}

const entry = (state: string, port: number): ConnectionEntry => ({
  protocol: 'TCP',
  expiresS: 100,
  state,
  client: { address: '192.0.2.1', port },
  virtual: { address: '10.0.0.100', port: 80 },
  server: '10.0.0.1:80' as ServerKey,
});

/** A director whose table is at each second what `moments` say; the last one stays. */
function directorOf(name: string, moments: readonly Moment[], seconds: () => number): Director {
  const now = (): Moment => moments[seconds()] ?? moments.at(-1) ?? { weight: 0, open: 0 };
  const snapshot = () =>
    snapshotOf([wrrService([realServer('10.0.0.1', now().weight), realServer('10.0.0.2', 5)])]);
  return {
    name,
    snapshot: async () =>
      now().isAway ? fail({ kind: 'unreachable', what: `${name} is away` }) : ok(snapshot()),
    look: async () => {
      const { open, finished = 0 } = now();
      const entries = [
        ...Array.from({ length: open }, (_, i) => entry('ESTABLISHED', 1_000 + i)),
        ...Array.from({ length: finished }, (_, i) => entry('TIME_WAIT', 2_000 + i)),
      ];
      return ok({ snapshot: snapshot(), connections: { entries, timeouts } });
    },
  } as unknown as Director;
}

async function waited(
  directors: readonly (readonly Moment[])[],
  options: { readonly node?: string; readonly addresses?: readonly string[] } = {},
) {
  const store = createMemoryStore();
  unwrap(
    await store.marks.clusters.put({
      table: 'ipvsadm',
      service: 'tcp/10.0.0.100:80' as ServiceKey,
      cluster: 'prod',
      of: { namespace: 'shop', name: 'web', port: 'http' },
      uid: 'u',
      addedService: true,
      servers: [
        {
          server: '10.0.0.1:80' as ServerKey,
          node: 'n1',
          uid: 'm',
          weight: 1,
          state: 'leaving',
          sinceMs: 0,
        },
      ],
    }),
  );
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    async sleepUntil(timeMs) {
      nowMs = timeMs;
    },
  };
  const left: (readonly NodeConnections[])[] = [];
  const ended = await waitForNode({
    node: options.node ?? 'n1',
    addresses: options.addresses ?? [],
    opened: {
      clock,
      directors: new Map(
        directors.map((moments, i) => {
          const name = `lb${i + 1}`;
          return [name, directorOf(name, moments, () => nowMs / 1_000)];
        }),
      ),
    },
    store,
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    onLeft: (some) => left.push(some),
  });
  return { ended, seconds: nowMs / 1_000, left };
}

describe('waiting for a node', () => {
  it('ends when the last director holds no connection to it, finished ones aside', async () => {
    const result = await waited([
      [
        { weight: 0, open: 3 },
        { weight: 0, open: 0, finished: 40 },
      ],
      [
        { weight: 0, open: 1 },
        { weight: 0, open: 1 },
        { weight: 0, open: 0 },
      ],
    ]);
    expect(result.ended).toEqual(ok(['10.0.0.1']));
    expect(result.seconds).toBe(2);
    expect(
      result.left.map((some) => some.map((one) => `${one.director} ${one.connections}`)),
    ).toEqual([['lb1 3', 'lb2 1'], ['lb2 1']]);
  });

  it('goes on while the node still gets new connections, though it has none at the moment', async () => {
    const result = await waited([
      [
        { weight: 10, open: 0 },
        { weight: 10, open: 0 },
        { weight: 0, open: 0 },
      ],
    ]);
    expect([result.ended.ok, result.seconds]).toEqual([true, 2]);
  });

  it('goes on while a director is away, for nobody knows what it holds', async () => {
    const result = await waited([
      [
        { weight: 0, open: 0, isAway: true },
        { weight: 0, open: 0, isAway: true },
        { weight: 0, open: 0 },
      ],
    ]);
    expect([result.ended.ok, result.seconds]).toEqual([true, 2]);
  });

  it('ends at the timeout with what is left', async () => {
    const { ended, seconds } = await waited([[{ weight: 0, open: 2 }]]);
    expect(seconds).toBe(5);
    expect(ended).toEqual(
      fail({
        kind: 'drain-timeout',
        what: 'the node n1 still holds 2 connections: 10.0.0.1:80 in tcp/10.0.0.100:80 on lb1',
        next: 'wait again, or see why with drain status',
      }),
    );
    expect((await waited([[{ weight: 0, open: 0, isAway: true }]])).ended).toMatchObject({
      failure: { kind: 'unreachable', what: 'lb1 is away' },
    });
  });

  it('needs a node that a claim knows, or its addresses', async () => {
    expect((await waited([[{ weight: 0, open: 0 }]], { node: 'n7' })).ended).toMatchObject({
      failure: { kind: 'usage', what: 'no director and no claim knows a node n7' },
    });
    const given = await waited([[{ weight: 0, open: 0 }]], { node: 'n7', addresses: ['10.0.0.1'] });
    expect(given.ended).toEqual(ok(['10.0.0.1']));
  });
});
