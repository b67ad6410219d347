import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import { ok } from '../../../src/domain/failure.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import type { CommandResult, MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createMetrics } from '../../../src/serve/metrics/all-metrics.ts';
import { createExposition } from '../../../src/serve/metrics/exposition.ts';
import { createViewReader } from '../../../src/serve/view/read-view.ts';
import { stateOf } from '../../../src/serve/view/state.ts';
import type { TableView, View } from '../../../src/serve/view/view.ts';
import { parseScrape } from '../../support/scrape.ts';

const clusters = { list: async () => ok([]) };
const fallbacks = clusters;
const guards = { list: async () => ok([]), read: async () => ok(undefined) };

const empty = ['plain', 'thresholds', 'persistent-conn', 'stats', 'rate'];
const titles: Readonly<Record<string, string>> = {
  plain:
    'Prot LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
  thresholds:
    'Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn\n  -> RemoteAddress:Port',
  'persistent-conn':
    'Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn\n  -> RemoteAddress:Port',
  stats:
    'Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n  -> RemoteAddress:Port',
  rate: 'Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n  -> RemoteAddress:Port',
};
const emptyListing = `${empty
  .map((kind) => `IP Virtual Server version 1.2.1 (size=4096)\n${titles[kind]}\n`)
  .join('')}Timeout (tcp tcpfin udp): 900 120 300\n`;
const answer: CommandResult = { kind: 'exited', exitCode: 0, stdout: emptyListing, stderr: '' };

const markOn = (table: string): MaintenanceMark => ({
  table,
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  server: serverKey('10.0.0.1', 80),
  reason: 'operator',
  weight: 1,
  sinceMs: 0,
});

const notFrozen = { read: async () => ok(undefined) };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A director whose ipvsadm answers when it is told to. */
function hanging() {
  const waiting: ((result: CommandResult) => void)[] = [];
  let calls = 0;
  const turns: TableView['kind'][] = [];
  const runner = {
    label: 'ipvsadm',
    run: () => {
      calls++;
      return new Promise<CommandResult>((resolve) => void waiting.push(resolve));
    },
  };
  const readView = createViewReader({
    directors: [{ director: createDirector({ name: 'local', runner }), table: 'ipvsadm' }],
    store: { marks: { list: async () => ok([]), clusters, fallbacks }, guards, freezes: notFrozen },
    readRollouts: async () => ({ rollouts: [] }),
    nowMs: () => Date.now(),
    monotonicMs: () => Date.now(),
    onTurn: (_, { kind }) => void turns.push(kind),
  });
  const release = (result: CommandResult = answer) => {
    for (const resolve of waiting.splice(0)) resolve(result);
  };
  return { readView, release, turns, calls: () => calls };
}

describe('a freeze', () => {
  const freeze = { user: 'anna', host: 'lb1', reason: 'Black Friday', sinceMs: 0, untilMs: 5_000 };
  const frozen = () => {
    vi.setSystemTime(1_000);
    return createViewReader({
      directors: [],
      store: {
        marks: { list: async () => ok([]), clusters, fallbacks },
        guards,
        freezes: { read: async () => ok(freeze) },
      },
      readRollouts: async () => ({ rollouts: [] }),
      nowMs: () => Date.now(),
      monotonicMs: () => Date.now(),
      onTurn: () => {},
    });
  };

  it('stands in the state while it is in force', async () => {
    const readView = frozen();
    expect(stateOf(await readView(), '0').frozen).toEqual(freeze);
    vi.setSystemTime(5_000);
    expect(stateOf(await readView(), '0')).not.toHaveProperty('frozen');
  });
});

describe('looking at a director', () => {
  it('is one listing however many ask, while it is under way and shortly after', async () => {
    const { readView, release, calls } = hanging();
    const asked = Array.from({ length: 50 }, () => readView());
    release();
    const views = await Promise.all(asked);
    expect(calls()).toBe(1);
    expect(new Set(views).size).toBe(1);
    expect(views[0]?.directors[0]?.table.kind).toBe('up');
    await vi.advanceTimersByTimeAsync(499);
    expect(await readView()).toBe(views[0]);
    await vi.advanceTimersByTimeAsync(1);
    const next = readView();
    release();
    expect(await next).not.toBe(views[0]);
    expect(calls()).toBe(2);
  });

  it('says after some seconds that it is down, and never starts a second listing beside one that hangs', async () => {
    const { readView, release, turns, calls } = hanging();
    for (let round = 1; round <= 5; round++) {
      const asked = [readView(), readView()];
      await vi.advanceTimersByTimeAsync(4_000);
      for (const view of await Promise.all(asked))
        expect(view.directors[0]?.table.kind).toBe('down');
      await vi.advanceTimersByTimeAsync(11_000);
    }
    expect(calls()).toBe(1);
    expect(turns).toEqual(['down']);
    release({ kind: 'timed-out', afterMs: 10_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    const next = readView();
    release();
    const view = await next;
    expect(view.directors[0]?.table.kind).toBe('up');
    expect(view.directors[0]?.counts).toMatchObject({ listings: 2, failedListings: 1 });
    expect(calls()).toBe(2);
    expect(turns).toEqual(['down', 'up']);
  });

  it('shows the others when some of several hang, waits for all at once, and says which', async () => {
    const waiting: ((result: CommandResult) => void)[] = [];
    const calls = { lb1: 0, lb2: 0, lb3: 0, lb4: 0 };
    const hang = () => new Promise<CommandResult>((resolve) => void waiting.push(resolve));
    const answers = {
      lb1: async () => answer,
      lb2: hang,
      lb3: async () => ({ ...answer, exitCode: 255, stdout: '', stderr: 'no route to host' }),
      lb4: hang,
    };
    const turns: string[] = [];
    const readView = createViewReader({
      directors: (['lb1', 'lb2', 'lb3', 'lb4'] as const).map((name) => ({
        table: `table of ${name}`,
        director: createDirector({
          name,
          runner: {
            label: 'ipvsadm',
            run: () => {
              calls[name]++;
              return answers[name]();
            },
          },
        }),
      })),
      store: {
        marks: {
          list: async () => ok([markOn('table of lb1'), markOn('elsewhere')]),
          clusters,
          fallbacks,
        },
        guards,
        freezes: notFrozen,
      },
      readRollouts: async () => ({ rollouts: [] }),
      nowMs: () => Date.now(),
      monotonicMs: () => Date.now(),
      onTurn: (name, { kind }) => void turns.push(`${name} ${kind}`),
    });
    const kindsOf = ({ directors }: View) =>
      directors.map(({ director, table }) => `${director} ${table.kind}`);

    const fromMs = Date.now();
    const first = readView();
    await vi.advanceTimersByTimeAsync(4_000);
    const view = await first;
    expect(Date.now() - fromMs).toBe(4_000);
    expect(kindsOf(view)).toEqual(['lb1 up', 'lb2 down', 'lb3 down', 'lb4 down']);
    expect(view.directors.map(({ out }) => out.length)).toEqual([1, 0, 0, 0]);
    expect(view.directors.map(({ counts }) => counts.failedListings)).toEqual([0, 0, 1, 0]);
    expect(turns.splice(0).sort()).toEqual(['lb2 down', 'lb3 down', 'lb4 down']);

    await vi.advanceTimersByTimeAsync(500);
    const next = readView();
    for (const resolve of waiting.splice(0)) resolve(answer);
    expect(kindsOf(await next)).toEqual(['lb1 up', 'lb2 up', 'lb3 down', 'lb4 up']);
    expect(calls).toEqual({ lb1: 2, lb2: 1, lb3: 2, lb4: 1 });
    expect(turns.sort()).toEqual(['lb2 up', 'lb4 up']);
  });

  it('fails without an answer of ipvsadm that is whole', async () => {
    const { readView, release } = hanging();
    const asked = readView();
    release({ kind: 'exited', exitCode: 0, stdout: emptyListing.slice(0, -60), stderr: '' });
    expect((await asked).directors[0]?.table).toMatchObject({
      kind: 'down',
      failure: { kind: 'director' },
    });
  });

  it('asks for all of it in one process', async () => {
    const lines: string[] = [];
    const director = createDirector({
      name: 'local',
      runner: {
        label: 'ipvsadm',
        run: async (args, stdin) => {
          expect(args).toEqual(['-R']);
          lines.push(...stdin.trim().split('\n'));
          return answer;
        },
      },
    });
    expect(await director.measure()).toEqual(
      ok({ ipvsVersion: '1.2.1', connectionTableSize: 4_096, services: [] }),
    );
    for (const line of lines) expect(line).toMatch(/^-L/);
    expect(lines).toHaveLength(6);
  });
});

describe('a table with servers of every forwarding method', () => {
  const forwarding = {
    '10.0.0.1': 'Local',
    '10.0.0.2': 'Route',
    '10.0.0.3': 'Tunnel',
    '10.0.0.4': 'Masq',
  };
  const columns: Readonly<Record<string, (method: string) => string>> = {
    plain: (method) => `${method}   10     1          0`,
    thresholds: () => '0          0          1          0',
    'persistent-conn': () => '10        0           1          0',
    stats: () => '    0        0        0        0        0',
    rate: () => '    0        0        0        0        0',
  };
  const stdout = `${empty
    .map((kind) => {
      const ofService = kind === 'stats' || kind === 'rate' ? columns[kind]?.('') : 'wrr';
      const servers = Object.entries(forwarding).map(
        ([address, method]) => `  -> ${address}:80                  ${columns[kind]?.(method)}`,
      );
      const head = `IP Virtual Server version 1.2.1 (size=4096)\n${titles[kind]}\n`;
      return `${head}TCP  10.0.0.100:80 ${ofService}\n${servers.join('\n')}\n`;
    })
    .join('')}Timeout (tcp tcpfin udp): 900 120 300\n`;

  it('loses neither director nor server, on the page as in the metrics', async () => {
    const runner = { label: 'ipvsadm', run: async () => ({ ...answer, stdout }) };
    const readView = createViewReader({
      directors: [{ director: createDirector({ name: 'local', runner }), table: 'ipvsadm' }],
      store: {
        marks: { list: async () => ok([]), clusters, fallbacks },
        guards,
        freezes: notFrozen,
      },
      readRollouts: async () => ({ rollouts: [] }),
      nowMs: () => Date.now(),
      monotonicMs: () => Date.now(),
      onTurn: () => {},
    });
    const view = await readView();
    const [served] = stateOf(view, '0.1.0').directors;

    expect(served).toMatchObject({ director: 'local', up: true });
    const shown = served?.services[0]?.servers.map((one) => [
      one.server,
      one.forwarding,
      one.weight,
    ]);
    expect(shown).toEqual([
      ['10.0.0.1:80', 'local', 10],
      ['10.0.0.2:80', 'route', 10],
      ['10.0.0.3:80', 'tunnel', 10],
      ['10.0.0.4:80', 'masq', 10],
    ]);
    const text = await createExposition().write(
      createMetrics({ version: '0.1.0', node: '20' })(view),
    );
    const infos = [...parseScrape(text).series.keys()].flatMap(
      (key) => /^drain_server_info\{.*forwarding="(\w+)"/.exec(key)?.[1] ?? [],
    );
    expect(infos.sort()).toEqual(['local', 'masq', 'route', 'tunnel']);
  });
});
