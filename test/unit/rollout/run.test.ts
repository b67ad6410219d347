import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import type { CommandResult } from '../../../src/rollout/ports.ts';
import { connect, execute, target } from '../../support/simulated-ipvs.ts';
import { type Played, playRollout, textOf } from '../../support/simulated-rollout.ts';
import { busyTraffic } from '../../support/web-traffic.ts';

const blueGreen = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;
const table = { seed: 7, table: blueGreen };
const busy = { ...table, traffic: [busyTraffic], warmUpMs: 10_000 };
const handOver = { from: '10.0.0.1', to: '10.0.0.2' };

type EventOf<T extends DrainEvent['type']> = DrainEvent & { readonly type: T };
const ofType = <T extends DrainEvent['type']>(played: Played, type: T) =>
  played.events.filter((event): event is EventOf<T> => event.type === type);
const silent: CommandResult = { kind: 'exited', exitCode: 0, stdout: '', stderr: '' };
const isEdit = (stdin: string): boolean => /^-[eadE] /m.test(stdin);

describe('a hand-over', () => {
  it('leaves the table as it was, with the old server replaced by the new one', async () => {
    const played = await playRollout(handOver, busy);
    expect(played.after).toBe(played.before.replace('10.0.0.1:80', '10.0.0.2:80'));
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(played.simulation.statistics).toMatchObject({ refused: 0, reset: 0, hung: 0 });
  });

  it('makes each step with one ipvsadm process, at its time', async () => {
    const played = await playRollout(handOver, busy);
    const edits = played.calls.filter(isEdit);
    const steps = ofType(played, 'step-applied');
    expect(steps.map((event) => event.step)).toEqual(Array.from({ length: 13 }, (_, k) => k));
    expect(Math.max(...steps.map((event) => event.lateMs))).toBeLessThanOrEqual(5);
    // One more for the removal, which takes the scale back in the same process.
    expect(edits.length).toBe(steps.filter((event) => event.applyMs > 0).length + 1);
  });

  it('tells the whole story in order', async () => {
    const played = await playRollout(handOver, busy);
    const told = played.events.map((event) => event.type).filter((type) => type !== 'sampled');
    expect(told).toEqual([
      ...Array<string>(13).fill('step-applied'),
      'quiesced',
      'drained',
      'removed',
      'finished',
    ]);
  });

  it('is a switch of two edits when it takes no time', async () => {
    const played = await playRollout({ ...handOver, ramp: { overMs: 0, everyMs: 1_000 } }, busy);
    expect(ofType(played, 'step-applied').map((event) => event.step)).toEqual([0, 1]);
    expect(played.end.outcome).toBe('done');
  });

  it('keeps the old server at weight 0 with --keep, and takes the scale back all the same', async () => {
    const played = await playRollout({ ...handOver, policy: { keep: true } }, busy);
    expect(played.after).toBe(`-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 0
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`);
    expect(ofType(played, 'removed')).toEqual([]);
    expect(ofType(played, 'drained')).toHaveLength(1);
  });

  it('goes through all services that hold the old server, whatever address family or mark', async () => {
    const played = await playRollout(handOver, {
      seed: 1,
      table: `${blueGreen}-A -f 7 -s wrr
-a -f 7 -r 10.0.0.1:80 -m -w 3 -x 100 -y 50
-A -u 10.0.0.100:53 -s wrr -o
-a -u 10.0.0.100:53 -r 10.0.0.9:53 -m -w 3
`,
    });
    expect(played.after).toBe(played.before.replaceAll('10.0.0.1:80', '10.0.0.2:80'));
    expect(new Set(ofType(played, 'removed').map((event) => event.service))).toEqual(
      new Set(['tcp/10.0.0.100:80', 'fwm/7']),
    );
  });

  it('switches a scheduler that ignores weights as part of the plan', async () => {
    const played = await playRollout(
      { ...handOver, setScheduler: 'wrr' },
      { seed: 1, table: blueGreen.replace('-s wrr', '-s rr -p 60') },
    );
    expect(played.after).toContain('-A -t 10.0.0.100:80 -s wrr -p 60');
  });

  it('ramps up to --weight where the old server is quiesced already', async () => {
    const played = await playRollout(
      { ...handOver, weight: 40 },
      { seed: 1, table: blueGreen.replace('-w 100', '-w 0') },
    );
    expect(played.after).toBe(`-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 40
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`);
  });
});

describe('a server that does not empty', () => {
  const stuck = async (policy: Parameters<typeof playRollout>[0]['policy'] = {}) =>
    playRollout({ ...handOver, policy: { drainTimeoutMs: 60_000, ...policy } }, table, (sim) => {
      for (let port = 1; port <= 20; port++) connect(sim, 2_000 + port);
    });

  it('is held at weight 0 at the deadline, exit 4', async () => {
    const played = await stuck();
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 4 });
    expect(played.end.message).toContain('10.0.0.1:80 (');
    expect(played.after).toContain('-r 10.0.0.1:80 -m -w 0');
    expect(ofType(played, 'not-draining')).toMatchObject([
      { server: '10.0.0.1:80', reason: 'long-lived-connections' },
    ]);
    expect(ofType(played, 'removed')).toEqual([]);
  });

  it('is given no reason that was not looked at, where the connection table is too large', async () => {
    const faults = ({ stdin }: { readonly stdin: string }): CommandResult | undefined =>
      stdin.includes('-Lnc') ? { kind: 'too-much-output', limitBytes: 500_000_000 } : undefined;
    const sketch = { ...handOver, policy: { drainTimeoutMs: 60_000 } };
    const played = await playRollout(sketch, { ...table, faults }, (sim) => {
      for (let port = 1; port <= 20; port++) connect(sim, 2_000 + port);
    });
    expect(ofType(played, 'not-draining')).toEqual([]);
    expect(ofType(played, 'warning').filter(({ code }) => code === 'drain-unexplained')).toEqual([
      expect.objectContaining({
        service: 'tcp/10.0.0.100:80',
        message:
          '10.0.0.1:80 does not become empty, and why is not known: the connection table of sim is too large to be read',
      }),
    ]);
  });

  it('is removed by choice with exit 0', async () => {
    const played = await stuck({ onTimeout: 'remove' });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(played.after).toBe(played.before.replace('10.0.0.1:80', '10.0.0.2:80'));
  });

  it('gets its weight back by choice, exit 4, and the added server goes', async () => {
    const played = await stuck({ onTimeout: 'rollback' });
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 4 });
    expect(played.after).toBe(played.before);
    expect(ofType(played, 'rollback-started')).toHaveLength(1);
  });

  it('is not removed while a half-closed connection streams, which no counter calls active', async () => {
    let streamUntilMs = 0;
    const blueOnly = { seed: 7, table: blueGreen.replace(/.*10\.0\.0\.3.*\n/, '') };
    const played = await playRollout(handOver, blueOnly, (sim) => {
      const connection = connect(sim, 2_001);
      const startMs = sim.clock.nowMs();
      sim.kernel.connections.fromClient(connection, 'fin');
      streamUntilMs = startMs + 120_000;
      for (let atMs = startMs; atMs < streamUntilMs; atMs += 1_000) {
        sim.at(atMs, () => sim.kernel.connections.fromServer(connection, 'ack'));
      }
      sim.at(streamUntilMs, () => sim.kernel.connections.fromServer(connection, 'fin'));
    });
    const [removed] = ofType(played, 'removed');
    const delayMs = Date.parse(removed?.at ?? '') - streamUntilMs;
    expect(delayMs).toBeGreaterThanOrEqual(5_000);
    expect(delayMs).toBeLessThanOrEqual(7_000);
  });
});

describe("somebody else's edit", () => {
  it('of the old server stops the rollout with exit 6, and nothing is overwritten', async () => {
    const played = await playRollout(handOver, busy, (sim) => {
      sim.at(sim.clock.nowMs() + 22_000, () => {
        execute(sim, '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 77');
      });
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(played.after).toContain('-r 10.0.0.1:80 -m -w 77');
    expect(ofType(played, 'drift-detected')).toMatchObject([{ found: '10.0.0.1:80 weight 77' }]);
  });

  it('that removes the service stops the rollout with exit 6, naming it', async () => {
    const played = await playRollout(handOver, busy, (sim) => {
      sim.at(sim.clock.nowMs() + 22_000, () => {
        execute(sim, '-D -t 10.0.0.100:80');
      });
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(ofType(played, 'drift-detected')).toMatchObject([
      { service: 'tcp/10.0.0.100:80', found: 'no such service' },
    ]);
  });

  it('of a bystander that takes it out is reported and left exactly as it is, to the end', async () => {
    const played = await playRollout(handOver, busy, (sim) => {
      sim.at(sim.clock.nowMs() + 22_000, () => {
        execute(sim, '-e -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 0');
        execute(sim, '-a -t 10.0.0.100:80 -r 10.0.0.4:80 -m -w 0');
      });
    });
    expect(played.after).toBe(`-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 0
-a -t 10.0.0.100:80 -r 10.0.0.4:80 -m -w 0
`);
    expect(ofType(played, 'warning').map((event) => event.code)).toEqual(
      Array(2).fill('bystander-changed'),
    );
  });

  it.each([
    ['-e -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 26', '10.0.0.3:80 weight 26'],
    ['-a -t 10.0.0.100:80 -r 10.0.0.4:80 -m -w 10', '10.0.0.4:80 weight 10'],
  ])('of a bystander with a weight of another scale is a conflict: %s', async (edit, found) => {
    const played = await playRollout(handOver, busy, (sim) => {
      sim.at(sim.clock.nowMs() + 22_000, () => execute(sim, edit));
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(ofType(played, 'drift-detected')[0]).toMatchObject({ found });
    expect(played.after).toContain(found.replace(' weight', ' -m -w'));
  });

  it('of a bystander before the first step is worked around like any other', async () => {
    const played = await playRollout(handOver, busy, (sim) => {
      sim.at(sim.clock.nowMs() + 1, () => {
        execute(sim, '-e -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 30');
      });
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(played.after).toContain('-r 10.0.0.3:80 -m -w 30');
  });

  it('of a threshold is not undone by an edit of the weight', async () => {
    const played = await playRollout({ from: '10.0.0.1', to: '10.0.0.3' }, busy, (sim) => {
      sim.at(sim.clock.nowMs() + 22_000, () => {
        execute(sim, '-e -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25 -x 900 -y 800');
      });
    });
    // The same edit moved its weight back, which is a conflict; so only where the weight agreed.
    expect([0, 6]).toContain(played.end.exitCode);
    expect(execute(played.simulation, '-Ln --thresholds')).toMatch(/10\.0\.0\.3:80 +900 +800/);
  });
});

describe('a director that fails', () => {
  it('once is tried again, and the rollout is done', async () => {
    let failed = false;
    const played = await playRollout(handOver, {
      ...busy,
      faults: ({ stdin }) => {
        if (failed || !isEdit(stdin)) return undefined;
        failed = true;
        return { kind: 'timed-out', afterMs: 10_000 };
      },
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(played.after).toBe(played.before.replace('10.0.0.1:80', '10.0.0.2:80'));
  });

  it('that makes the edit and loses the answer is found to stand, and not edited twice', async () => {
    let lost = 0;
    const played = await playRollout(handOver, {
      ...busy,
      faults: ({ stdin, run }) => {
        if (!isEdit(stdin) || lost++ !== 3) return undefined;
        run();
        return silent;
      },
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const edits = played.calls.filter(isEdit);
    expect(new Set(edits).size).toBe(edits.length);
  });

  it('for good is held with exit 7, saying what it said', async () => {
    let calls = 0;
    const played = await playRollout(handOver, {
      ...busy,
      faults: () => (calls++ > 20 ? { ...silent, exitCode: 255, stderr: 'boom' } : undefined),
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 7 });
    expect(played.end.message).toContain('boom');
  });
});

describe('an edit whose answer is lost', () => {
  const losing = (which: (edit: number) => boolean) => {
    let edits = 0;
    return ({ stdin, run }: { stdin: string; run: () => CommandResult }) => {
      if (!isEdit(stdin) || !which(++edits)) return undefined;
      run();
      return { kind: 'timed-out', afterMs: 6_000 } as const;
    };
  };

  it('is no conflict, however often and whatever step comes next', async () => {
    const played = await playRollout(handOver, {
      ...busy,
      faults: losing((n) => n === 3 || n === 4),
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('and stands is a success, so many of them are no failure of the director', async () => {
    const played = await playRollout(handOver, { ...busy, faults: losing((n) => n % 2 === 0) });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('does not keep a rollback from going back', async () => {
    const played = await playRollout(
      { ...handOver, policy: { onInterrupt: 'rollback' } },
      { ...busy, faults: losing((n) => n === 4 || n === 5) },
      (sim, stop) => {
        sim.at(sim.clock.nowMs() + 16_000, () => stop({ signal: 'sigint', again: false }));
      },
    );
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 130 });
    expect(played.after).toBe(played.before);
  });
});

describe('a server that was empty', () => {
  it('and has connections again when its removal is retried is not removed before they end', async () => {
    let refused = false;
    const clients: ReturnType<typeof connect>[] = [];
    let releasedAtMs = 0;
    const persistent = table.table.replace('-s wrr', '-s wrr -p 300');
    const played = await playRollout(
      handOver,
      {
        seed: 7,
        table: persistent,
        faults: ({ stdin }) => {
          if (refused || !/^-d /m.test(stdin)) return undefined;
          refused = true;
          return { kind: 'timed-out', afterMs: 10_000 };
        },
      },
      (sim) => {
        // Clients with a template, away while the server is found empty, and back just after.
        for (let client = 1; client <= 6; client++) {
          const first = connect(sim, 2_000, target, client);
          sim.kernel.connections.fromClient(first, 'fin');
          sim.kernel.connections.fromServer(first, 'fin');
        }
        const startMs = sim.clock.nowMs();
        sim.at(startMs + 68_000, () => {
          for (let client = 1; client <= 6; client++) {
            clients.push(connect(sim, 3_000, target, client));
          }
        });
        releasedAtMs = startMs + 120_000;
        sim.at(releasedAtMs, () => {
          for (const client of clients) {
            sim.kernel.connections.fromClient(client, 'fin');
            sim.kernel.connections.fromServer(client, 'fin');
          }
        });
      },
    );
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const [removed, ...more] = ofType(played, 'removed');
    expect(more).toEqual([]);
    expect(Date.parse(removed?.at ?? '')).toBeGreaterThanOrEqual(releasedAtMs + 5_000);
  });

  it('is removed once, also when another of its service takes longer', async () => {
    const two = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1
-a -t 10.0.0.100:80 -r 10.0.0.4:80 -m -w 1
`;
    const played = await playRollout(
      { from: '10.0.0.1,10.0.0.4', to: '10.0.0.2' },
      { seed: 1, table: two },
      (sim) => {
        const connection = connect(sim, 2_000);
        sim.at(sim.clock.nowMs() + 110_000, () => {
          sim.kernel.connections.fromClient(connection, 'fin');
          sim.kernel.connections.fromServer(connection, 'fin');
        });
      },
    );
    const removed = ofType(played, 'removed').map((event) => event.server);
    expect([...removed].sort()).toEqual(['10.0.0.1:80', '10.0.0.4:80']);
  });
});

describe('a switched scheduler', () => {
  it('goes back only when the added server is gone, which it would refuse clients for', async () => {
    const played = await playRollout(
      { ...handOver, setScheduler: 'wrr', policy: { onInterrupt: 'rollback' } },
      { seed: 1, table: blueGreen.replace('-s wrr', '-s mh') },
      (sim, stop) => {
        sim.at(sim.clock.nowMs() + 22_000, () => stop({ signal: 'sigint', again: false }));
      },
    );
    expect(played.after).toBe(played.before);
    const back = played.calls.findIndex((call) => /^-E .* -s mh/m.test(call));
    const gone = played.calls.findIndex((call) => /^-d .*10\.0\.0\.2/m.test(call));
    expect(back).toBeGreaterThan(0);
    expect(back).toBe(gone);
  });
});

describe('a scheduler that is to come back', () => {
  const restored = { ...handOver, setScheduler: 'wrr', restoreScheduler: true } as const;
  const switchesTo = (scheduler: string) => new RegExp(`^-E .* -s ${scheduler}`, 'm');

  it.each(['wlc', 'sed -p 60', 'nq', 'lblcr', 'mh -b mh-fallback,mh-port', 'sh', 'rr'])(
    'is %s again at the end, with its flags, in the process that removes the old server',
    async (words) => {
      const own = blueGreen.replace('-s wrr', `-s ${words}`);
      const played = await playRollout(restored, { seed: 1, table: own });
      expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(played.after).toBe(played.before.replace('10.0.0.1:80', '10.0.0.2:80'));
      expect(played.calls.findIndex((call) => switchesTo('wrr').test(call))).toBe(
        played.calls.findIndex(isEdit),
      );
      const last = played.calls.findLast(isEdit)?.trim().split('\n') ?? [];
      const [gone, back] = [/^-d .*10\.0\.0\.1/, switchesTo(words.split(' ')[0] ?? '')];
      const at = (line: RegExp) => last.findIndex((one) => line.test(one));
      expect(at(gone)).toBeGreaterThanOrEqual(0);
      expect(at(back)).toBeGreaterThan(at(gone));
    },
  );

  it('stays away where that was not asked for', async () => {
    const own = blueGreen.replace('-s wrr', '-s wlc');
    const played = await playRollout({ ...handOver, setScheduler: 'wrr' }, { seed: 1, table: own });
    expect(played.after).toContain('-A -t 10.0.0.100:80 -s wrr\n');
  });

  it('comes back with --keep as well, and after a hold and a resume', async () => {
    const own = blueGreen.replace('-s wrr', '-s wlc');
    const played = await playRollout(
      { ...restored, policy: { keep: true } },
      { seed: 1, table: own },
      (sim, stop) => {
        sim.at(sim.clock.nowMs() + 22_000, () => stop({ signal: 'sigint', again: false }));
      },
    );
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 130 });
    expect(textOf(played.simulation)).toContain('-A -t 10.0.0.100:80 -s wrr\n');
    expect(await played.resume()).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(textOf(played.simulation)).toBe(`-A -t 10.0.0.100:80 -s wlc
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 0
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`);
  });

  it('is no drift while another service still drains, and its change is one', async () => {
    const own = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-A -f 7 -s wlc
-a -f 7 -r 10.0.0.1:80 -m -w 3
`;
    const drained = (edited: boolean) =>
      playRollout(restored, { seed: 1, table: own }, (sim) => {
        const connection = connect(sim, 2_000);
        sim.at(sim.clock.nowMs() + 110_000, () => {
          if (edited) execute(sim, '-E -f 7 -s wrr');
          sim.kernel.connections.fromClient(connection, 'fin');
          sim.kernel.connections.fromServer(connection, 'fin');
        });
      });
    const alone = await drained(false);
    expect(ofType(alone, 'removed').map(({ service }) => service)).toEqual([
      'fwm/7',
      'tcp/10.0.0.100:80',
    ]);
    expect(ofType(alone, 'drift-detected')).toEqual([]);
    expect(alone.after).toBe(alone.before.replaceAll('10.0.0.1:80', '10.0.0.2:80'));
    expect(ofType(await drained(true), 'drift-detected')).toMatchObject([
      { service: 'fwm/7', expected: 'scheduler wlc', found: 'scheduler wrr' },
    ]);
  });
});

describe('a ramp whose steps do not divide its time', () => {
  it('comes to its end all the same', async () => {
    const played = await playRollout(
      { ...handOver, ramp: { overMs: 50_000, everyMs: 9_000 } },
      busy,
    );
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  });
});

describe('a late step', () => {
  it('never moves the ones after it, and is skipped when its successor is due', async () => {
    let hung = false;
    const played = await playRollout(handOver, {
      ...busy,
      faults: ({ stdin, nowMs }) => {
        if (hung || isEdit(stdin) || nowMs < startMs + 18_000) return undefined;
        hung = true;
        return { kind: 'timed-out', afterMs: 10_000 };
      },
    });
    const steps = ofType(played, 'step-applied');
    expect(steps.map((event) => event.step)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(steps.filter((event) => event.lateMs > 10).map((event) => event.step)).toEqual([5]);
  });
  const startMs = Date.UTC(2026, 0, 1);
});

describe('an interrupt', () => {
  const interrupt = (afterMs: number) => (sim: Played['simulation'], stop: (r: never) => void) =>
    sim.at(sim.clock.nowMs() + afterMs, () => stop({ signal: 'sigint', again: false } as never));

  it('holds the rollout where it is, exit 130', async () => {
    const played = await playRollout(handOver, busy, interrupt(22_000));
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 130 });
    expect(ofType(played, 'step-applied').at(-1)?.step).toBe(4);
  });

  it('after the last removal changes nothing: what is done is done', async () => {
    const played = await playRollout(handOver, busy, (sim, stop) => {
      const watch = (): void => {
        if (execute(sim, '-Sn').includes('10.0.0.1:80')) sim.at(sim.clock.nowMs() + 1, watch);
        else stop({ signal: 'sigint', again: false });
      };
      sim.at(sim.clock.nowMs() + 60_000, watch);
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('rolls back by choice, exit 130, to the table from before', async () => {
    const played = await playRollout(
      { ...handOver, policy: { onInterrupt: 'rollback' } },
      busy,
      interrupt(22_000),
    );
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 130 });
    expect(played.after).toBe(played.before);
    expect(played.simulation.statistics).toMatchObject({ refused: 0, reset: 0, hung: 0 });
  });
});
