import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../src/domain/address.ts';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import type { Simulation } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { HostFault } from '../../../src/ipvs/simulated/traffic/host-fault.ts';
import type { TrafficSpec } from '../../../src/ipvs/simulated/traffic/traffic-source.ts';
import { createHandshakeGates } from '../../../src/rollout/handshakes/handshake-gate.ts';
import { target } from '../../support/simulated-ipvs.ts';
import { type Played, playRollout, type RequestSketch } from '../../support/simulated-rollout.ts';

const old = '10.0.0.1:80' as ServerKey;
const fresh = '10.0.0.2:80' as ServerKey;
const bystander = '10.0.0.3:80' as ServerKey;
const service = 'tcp/10.0.0.100:80';

const tableOf = (method: string, ...servers: readonly (readonly [ServerKey, number])[]): string =>
  [
    '-A -t 10.0.0.100:80 -s wrr',
    ...servers.map(([server, weight]) => `-a -t 10.0.0.100:80 -r ${server} ${method} -w ${weight}`),
    '',
  ].join('\n');

const traffic: TrafficSpec = {
  service: service as never,
  target,
  perSecond: 30,
  arrivals: 'even',
  lifeMs: 500,
  endings: [{ ending: 'client-fin', share: 1 }],
  clients: 100,
  portsPerClient: 20_000,
  packetEveryMs: 1_000,
};

interface Story {
  readonly method?: '-m' | '-g';
  readonly alone?: boolean;
  readonly ungated?: boolean;
  readonly faults?: readonly (readonly [ServerKey, HostFault])[];
  readonly traffic?: Partial<TrafficSpec>;
  readonly sketch?: Partial<RequestSketch>;
  readonly during?: (simulation: Simulation) => void;
}

const play = ({ method = '-m', alone = false, faults = [], ...story }: Story): Promise<Played> =>
  playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ...story.sketch },
    {
      seed: 7,
      table: tableOf(method, [old, 100], ...(alone ? [] : [[bystander, 25] as const])),
      traffic: [{ ...traffic, ...story.traffic }],
      warmUpMs: 30_000,
      hostFaults: new Map(faults),
    },
    story.during,
    (clock, plan, director) =>
      story.ungated ? [] : createHandshakeGates(plan, new Map([['sim', director]]), clock),
  );

const failed = ({ events }: Pick<Played, 'events'>) =>
  events.filter(
    (event): event is DrainEvent & { type: 'gate-failed' | 'gate-passed' } =>
      event.type === 'gate-failed',
  );

const looks = ({ calls }: Played): number => calls.filter((call) => call.includes('-Lnc')).length;

describe('a new server that serves nobody', () => {
  it.each([
    ['silent', '-m', 'got no answer to their SYN'],
    ['silent', '-g', 'got no answer to their SYN'],
    ['refusing', '-m', 'were refused'],
    ['refusing', '-g', 'got no answer to their SYN'],
    ['closing', '-m', 'were closed without an answer'],
  ] as const)('(%s, %s) is found out, and the table is as before', async (fault, method, words) => {
    const played = await play({ method, faults: [[fresh, fault]] });
    expect(failed(played)).toMatchObject([{ gate: 'ipvs' }]);
    expect(failed(played)[0]?.detail).toMatch(
      new RegExp(`^10\\.0\\.0\\.2:80 in ${service}: (\\d+) of \\1 new connections .*${words}`),
    );
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    expect(played.after).toBe(played.before);
    // Long before it had much to lose.
    expect(played.simulation.statistics.unserved).toBeLessThan(90);
  });

  it.each([
    ['silent', '-m', 14],
    ['silent', '-g', 35],
    ['refusing', '-m', 14],
    ['refusing', '-m', 35],
    ['refusing', '-g', 35],
    ['closing', '-m', 35],
  ] as const)(
    '(%s, %s, %i a second) is spoken against within two steps of its first five connections',
    async (fault, method, perSecond) => {
      for (const everyMs of [1_000, 5_000]) {
        let realMs = 0;
        const played = await play({
          method,
          faults: [[fresh, fault]],
          traffic: { perSecond },
          sketch: { ramp: { overMs: 20 * everyMs, everyMs } },
          during: ({ at, clock, statistics }) => {
            const look = (): void => {
              if (statistics.unserved >= 5) realMs = clock.nowMs();
              else at(clock.nowMs() + 100, look);
            };
            look();
          },
        });
        const stepAt = (atMs: number): number =>
          played.events.filter(
            (event) => event.type === 'step-applied' && Date.parse(event.at) <= atMs,
          ).length - 1;
        const spokeMs = Date.parse(failed(played)[0]?.at ?? '');
        expect(stepAt(realMs)).toBeGreaterThan(0);
        expect(stepAt(spokeMs) - stepAt(realMs), `every ${everyMs} ms`).toBeLessThanOrEqual(2);
        expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
      }
    },
  );

  it('is found out where no other server is left to compare with', async () => {
    for (const fault of ['silent', 'refusing', 'closing'] as const) {
      const played = await play({
        alone: true,
        faults: [[fresh, fault]],
        sketch: { ramp: { overMs: 0, everyMs: 1_000 } },
        traffic: { longLived: { share: 0.1, lifeMs: 120_000 } },
      });
      expect(played.end, fault).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    }
  });

  it('is found out when it dies half-way', async () => {
    for (const fault of ['silent', 'refusing'] as const) {
      const played = await play({
        during: ({ at, clock, hostFaults }) =>
          at(clock.nowMs() + 32_000, () => hostFaults.set(fresh, fault)),
      });
      expect(played.end, fault).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    }
  });

  it('holds the rollout where that is asked for', async () => {
    const played = await play({
      faults: [[fresh, 'refusing']],
      sketch: { policy: { onFailure: 'hold' } },
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 5 });
  });
});

describe('a new server is good', () => {
  it('when it serves, and then the connection table is never read for it', async () => {
    for (const method of ['-m', '-g'] as const) {
      const played = await play({ method });
      expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(failed(played)).toEqual([]);
      // Totals come along with what is listed anyway, but for those before NEW has served its first
      // connections; one is counted when OLD has been quiesced.
      const alone = played.calls.filter((call) => /^\S+ -t \S+ --stats/.test(call)).length;
      expect(alone).toBeLessThanOrEqual(6);
      const ungated = await play({ method, ungated: true });
      expect(looks(played)).toBe(looks(ungated));
      const times = ({ events }: Played) => events.filter(({ type }) => type === 'step-applied');
      const late = (of: Played) =>
        times(of).map((event) => event.type === 'step-applied' && event.lateMs);
      expect(late(played)).toEqual(late(ungated));
    }
  });

  it('when every server behaves as it does', async () => {
    for (const fault of ['silent', 'refusing', 'closing'] as const) {
      for (const method of ['-m', '-g'] as const) {
        const faults = [old, fresh, bystander].map((server) => [server, fault] as const);
        const played = await play({ method, faults });
        expect(failed(played), `${fault} ${method}`).toEqual([]);
      }
    }
  });

  it('when connections end with resets, are never closed, or hardly come', async () => {
    const kinds: readonly Partial<TrafficSpec>[] = [
      { endings: [{ ending: 'reset', share: 1 }] },
      { endings: [{ ending: 'vanish', share: 1 }] },
      { lifeMs: 600_000, packetEveryMs: 60_000 },
      { perSecond: 0.2, arrivals: 'poisson' },
    ];
    for (const kind of kinds) {
      const policy = { drainTimeoutMs: 60_000, onTimeout: 'remove' } as const;
      const played = await play({ traffic: kind, sketch: { policy } });
      expect(failed(played)).toEqual([]);
    }
  });

  it('as far as can be said when it gets next to nothing', async () => {
    const played = await play({ faults: [[fresh, 'silent']], traffic: { perSecond: 0.1 } });
    expect(failed(played)).toEqual([]);
  });
});

describe('the gate', () => {
  it('is not there without new servers, or without TCP', async () => {
    const nobody = await play({});
    const { plan } = nobody;
    const without = {
      ...plan,
      directors: plan.directors.map((one) => ({
        ...one,
        services: one.services.map((planned) => ({ ...planned, newServers: [] })),
      })),
    };
    const directors = new Map([['sim', {} as never]]);
    expect(createHandshakeGates(without, directors, nobody.simulation.clock)).toEqual([]);
    expect(createHandshakeGates(plan, directors, nobody.simulation.clock)).toHaveLength(1);
  });
});
