import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/ipvs/simulated/connections/connection.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
} from '../../../src/ipvs/simulated/simulated-director.ts';
import { execute } from '../../support/simulated-ipvs.ts';

const golden = (name: string): string =>
  readFileSync(new URL(`../../golden/${name}`, import.meta.url), 'utf8');

const jsonLines = <T>(name: string): T[] =>
  golden(name)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

describe('listings of the table of setup.rules', () => {
  const sim = createSimulatedIpvsadm({ seed: 1, table: golden('setup.rules') });
  /** The samples had connections, the model has none: the last columns become 0. */
  const withoutCounts = (text: string, columns: number): string =>
    text.replace(new RegExp(`(?:\\d+ +){${columns}}$`, 'gm'), (counts) =>
      counts.replace(/\d+ +/g, '0 '),
    );

  test.each([
    ['-Sn', 'save.Sn.txt', 0],
    ['-Ln', 'list.Ln.txt', 2],
    ['-Ln --nosort', 'list.Ln.nosort.txt', 2],
    ['-Ln --tun-info', 'list.Ln.tun-info.txt', 2],
    ['-Ln --thresholds', 'list.Ln.thresholds.txt', 2],
    ['-Ln --persistent-conn', 'list.Ln.persistent-conn.txt', 3],
    ['-Ln -f 7', 'list.Ln.one-fwm.txt', 2],
    ['-Ln -f 4294967295 -6', 'list.Ln.one-fwm6.txt', 2],
    ['-Ln -t 10.0.1.100:80', 'list.Ln.one-tcp.txt', 2],
    ['-Ln -t [fd00:1::100]:80', 'list.Ln.one-v6.txt', 2],
    ['-L --timeout', 'list.L.timeout.txt', 0],
    ['-L --daemon', 'list.L.daemon.txt', 0],
    ['-Lnc', 'empty-conn.Lnc.txt', 0],
  ])('%s is %s', (args, file, columns) => {
    const [listing, sample] = [execute(sim, args), golden(file)];
    expect(withoutCounts(listing, columns)).toBe(withoutCounts(sample, columns));
  });

  test.each(['stats', 'rate'])('--%s has the services and servers in the same order', (option) => {
    const names = (text: string) => text.split('\n').map((line) => line.slice(0, 33));
    const listing = execute(sim, `-Ln --${option}`);
    expect(names(listing)).toEqual(names(golden(`list.Ln.${option}.txt`)));
  });
});

describe('errors-and-exit-codes.txt', () => {
  const transcript = golden('errors-and-exit-codes.txt').replace(/\r/g, '').split('=== permission');
  const cases = [
    ...(transcript[0] ?? '').matchAll(/^\$ ipvsadm (.*)\n([\s\S]*?)\[rc=(\d+)\]$/gm),
  ].map(([, args = '', output = '', exitCode = '']) => ({ args, output, exitCode }));
  const sim = createSimulatedIpvsadm({
    seed: 1,
    table: `-A -t 10.0.1.100:80 -s wlc
-a -t 10.0.1.100:80 -r 10.0.2.11:8080 -m -w 11
-a -t 10.0.1.100:80 -r 10.0.2.12:8080 -m -w 12
-a -t 10.0.1.100:80 -r 10.0.2.13:8080 -m -w 13
-a -t 10.0.1.100:80 -r 10.0.2.14:8081 -m -w 7
-A -u 10.0.1.100:53 -s rr -o
`,
  });

  test('holds all the commands of the transcript', () => expect(cases).toHaveLength(40));

  test.each(cases)('ipvsadm $args', ({ args, output, exitCode }) => {
    expect(sim.ipvsadm(args.split(' '))).toEqual({
      kind: 'exited',
      exitCode: Number(exitCode),
      stdout: exitCode === '0' ? output : '',
      stderr: exitCode === '0' ? '' : output,
    });
  });
});

/** Recorded with ipvsadm 1.31 on Linux 6.1.176, each file in one go from an empty table. */
describe('recordings of a real kernel', () => {
  interface RecordedCommand {
    readonly args: readonly string[];
    readonly stdin?: string;
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
  }

  test('500 commands, half of them made to trip it, have the same output and exit code', () => {
    const sim = createSimulatedIpvsadm({ seed: 1 });
    const recorded = jsonLines<RecordedCommand>('real-commands.jsonl');
    expect(recorded.length).toBeGreaterThan(500);
    const answers = recorded.map(({ args, stdin }) => {
      const { kind, ...answer } = sim.ipvsadm(args, stdin);
      return { args, ...(stdin !== undefined && { stdin }), ...answer };
    });
    expect(answers).toEqual(recorded);
  });

  interface RecordedStep {
    readonly op: 'cmd' | 'open' | 'close' | 'next' | 'sysctl';
    readonly args?: string;
    readonly port?: number;
    readonly index?: number;
    readonly name?: string;
    readonly value?: 0 | 1;
    readonly answer: unknown;
  }

  test.each([
    ['to services of eight schedulers, edited all the while', 'real-scheduling.jsonl'],
    ['to persistent services, with and without the expire_ settings', 'real-persistence.jsonl'],
  ])('hundreds of connections %s go to the same servers', (_, file) => {
    const sim = createSimulatedIpvsadm({ seed: 1 });
    const recorded = jsonLines<RecordedStep>(file);
    let opened: (Connection | undefined)[] = [];
    const answers = recorded.map((step) => {
      const { op, args = '', port = 0, index = 0 } = step;
      if (op === 'cmd') return { ...step, answer: answerTo(sim, args) };
      if (op === 'next') opened = [];
      if (op === 'sysctl') setSysctl(sim, step);
      if (op === 'close') close(sim, opened[index]);
      if (op !== 'open') return step;
      opened.push(open(sim, port, opened.length));
      return { ...step, answer: opened.at(-1)?.server.address ?? 'refused' };
    });
    expect(recorded.filter(({ op }) => op === 'open').length).toBeGreaterThan(500);
    expect(answers).toEqual(recorded);
  });

  function setSysctl(sim: Simulation, { name, value = 0 }: RecordedStep): void {
    const setting = name === 'expire_nodest_conn' ? 'expireNodestConn' : 'expireQuiescentTemplate';
    sim.kernel.sysctl = { ...sim.kernel.sysctl, [setting]: value };
  }

  function answerTo(sim: Simulation, args: string): unknown {
    const result = sim.ipvsadm(args.split(' '));
    if (result.kind !== 'exited') return result;
    return [result.exitCode, args.startsWith('-L') ? result.stdout : ''];
  }

  function open(sim: Simulation, port: number, clientPort: number): Connection | undefined {
    const to = { protocol: 'tcp', address: '10.0.0.100', port } as const;
    const arrival = sim.kernel.connections.arrive(to, 0x0a000064, clientPort);
    if (arrival.kind !== 'scheduled') return undefined;
    sim.kernel.connections.fromServer(arrival.connection, 'syn');
    sim.kernel.connections.fromClient(arrival.connection, 'ack');
    return arrival.connection;
  }

  function close(sim: Simulation, connection: Connection | undefined): void {
    if (!connection) return;
    sim.kernel.connections.fromClient(connection, 'fin');
    sim.kernel.connections.fromServer(connection, 'fin');
  }
});
