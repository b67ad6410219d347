import { setTimeout as sleep } from 'node:timers/promises';
import { findHaproxy } from '../test/support/haproxy.ts';
import type { Lab } from '../test/support/lab/lab.ts';
import type { LabProcess } from '../test/support/lab/process.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { type LabMeasurement, labBenchmark, runGuest } from './in-lab.ts';
import { median, quantile } from './quantiles.ts';

/** What is checked, and for how long. */
interface Scene {
  readonly servers: number;
  readonly intervalMs: number;
  /** Time from the start of a checker to where it is measured, and how long its CPU is. */
  readonly settleMs: number;
  readonly measureMs: number;
  readonly pairs: number;
}

/**
 * A thousand checks a second are what keepalived uses three quarters of the lab's one emulated CPU for, so that the
 * others have as many as the lab carries: 200 a second.
 */
const scenes: Readonly<Record<'small' | 'full', readonly Scene[]>> = {
  small: [{ servers: 100, intervalMs: 1_000, settleMs: 3_000, measureMs: 1_000, pairs: 1 }],
  full: [
    { servers: 1_000, intervalMs: 5_000, settleMs: 20_000, measureMs: 20_000, pairs: 3 },
    { servers: 1_000, intervalMs: 1_000, settleMs: 15_000, measureMs: 20_000, pairs: 3 },
    { servers: 5_000, intervalMs: 25_000, settleMs: 60_000, measureMs: 50_000, pairs: 3 },
  ],
};

const virtual = { address: '10.0.1.100', port: 80 };
/** Servers of these answer all the time, and those of the second until it is killed: 1 %. */
const [alive, mortal] = [9_000, 9_001];
const perMortal = 100;
const ticksPerS = 100;

interface Server {
  readonly address: string;
  readonly port: number;
}

/** 10.9.0.1, 10.9.0.2, …: every address of that network is rs1's. */
const serversOf = (count: number): readonly Server[] =>
  Array.from({ length: count }, (_, n) => ({
    address: `10.9.${(n + 1) >> 8}.${(n + 1) & 255}`,
    port: n % perMortal === 0 ? mortal : alive,
  }));

/** What one checker has used and found in one turn. */
interface Turn {
  /** CPU of its processes, in percent of one. */
  readonly cpuPercent: number;
  /** Connections that rs1 has taken a second. */
  readonly checksPerS: number;
  /** From the death of a server to its weight 0, in milliseconds. */
  readonly detectionMs: readonly number[];
}

/** The guard and a real keepalived in turns, over the same servers with the same checks. */
export const measureGuard: LabMeasurement = async (lab, { size, note }) => {
  const rows: BenchRow[] = [];
  await openNetwork(lab);
  const always = await answerOn(lab, alive);
  for (const scene of scenes[size]) {
    const turns = { guard: [] as Turn[], keepalived: [] as Turn[] };
    for (let pair = 0; pair < scene.pairs; pair++) {
      const order = ['guard', 'keepalived'] as const;
      for (const who of pair % 2 === 0 ? order : order.toReversed()) {
        const turn = await takeTurn(lab, who, scene);
        turns[who].push(turn);
        note(
          `${who}, ${scene.servers} servers, each every ${scene.intervalMs / 1_000} s: CPU ${turn.cpuPercent.toFixed(1)} %, ${Math.round(turn.checksPerS)} checks a second, ${turn.detectionMs.length} found down, p99 ${Math.round(quantile(turn.detectionMs, 0.99))} ms`,
        );
      }
    }
    rows.push(...rowsOf(scene, turns, size === 'full'));
  }
  await always.kill();
  return rows;
};

/** A guard of thousands of servers beside keepalived. */
export const guard: Benchmark = labBenchmark(
  {
    name: 'guard',
    about: 'drain guard and a real keepalived in turns, with the same TCP checks',
  },
  measureGuard,
);

function rowsOf(
  { servers, intervalMs }: Scene,
  { guard: ours, keepalived }: Readonly<Record<'guard' | 'keepalived', readonly Turn[]>>,
  judged: boolean,
): readonly BenchRow[] {
  const row = (
    what: string,
    of: (turns: readonly Turn[]) => number,
    unit: BenchRow['ours']['unit'],
    most: number,
  ): BenchRow => {
    const [value, theirs] = [of(ours), of(keepalived)];
    return {
      what: `${servers} servers, each every ${intervalMs / 1_000} s: ${what}`,
      ours: { value, unit },
      against: [{ name: 'keepalived', figure: { value: theirs, unit } }],
      goal: most === 1 ? 'not more' : `at most ${most}x`,
      met: judged ? value <= most * theirs : undefined,
    };
  };
  const all = (turns: readonly Turn[]) => turns.flatMap(({ detectionMs }) => detectionMs);
  const perCheck = (turns: readonly Turn[]) =>
    median(turns.map(({ cpuPercent, checksPerS }) => (cpuPercent * 10) / checksPerS));
  return [
    row('CPU', (turns) => median(turns.map(({ cpuPercent }) => cpuPercent)), 'percent', 2),
    row('CPU of a check', perCheck, 'ms', 2),
    row('death to weight 0, median', (turns) => median(all(turns)), 'ms', 1),
    row('death to weight 0, p99', (turns) => quantile(all(turns), 0.99), 'ms', 1),
  ];
}

async function openNetwork(lab: Lab): Promise<void> {
  const within = { namespace: 'rs1' };
  const must = async (argv: readonly string[], options = {}): Promise<void> => {
    const { exitCode, stderr } = await lab.run(argv, options);
    if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}\n${stderr}`);
  };
  await must(['ip', 'route', 'add', 'local', '10.9.0.0/16', 'dev', 'lo'], within);
  await must(['ip', 'route', 'add', '10.9.0.0/16', 'via', '10.0.2.11']);
  await must(['sysctl', '-qw', 'net.ipv4.ip_local_port_range=1024 65000']);
}

/**
 * Takes connections on a port of every address of rs1 until their clients end them: by a program that costs little.
 * One that resets them at once would be a failing server for whoever reads late.
 */
async function answerOn(lab: Lab, port: number): Promise<LabProcess> {
  const { program, env } = await findHaproxy();
  const file = `/run/answer-${port}.cfg`;
  await lab.writeFile(
    file,
    `global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend checks
  bind 0.0.0.0:${port} backlog 4000
  tcp-request inspect-delay 1s
  tcp-request content reject if WAIT_END
`,
  );
  const run = await lab.spawn([program, '-db', '-f', file], { env, namespace: 'rs1' });
  const isUp = async (): Promise<boolean> => {
    const { stdout } = await lab.run(['ss', '-Hltn', `sport = :${port}`], { namespace: 'rs1' });
    return stdout.includes(`:${port}`);
  };
  while (!(await isUp())) await sleep(200);
  return run;
}

async function takeTurn(lab: Lab, who: 'guard' | 'keepalived', scene: Scene): Promise<Turn> {
  const servers = serversOf(scene.servers);
  const answering = await answerOn(lab, mortal);
  const service = `-t ${virtual.address}:${virtual.port}`;
  await lab.setTable(
    `-A ${service} -s wrr`,
    ...servers.map(({ address, port }) => `-a ${service} -r ${address}:${port} -m -w 1`),
  );
  const run = who === 'guard' ? await startGuard(lab, scene) : await startKeepalived(lab, scene);
  try {
    await sleep(scene.settleMs);
    const pid = await pidOf(lab, who === 'guard' ? 'drain.js guard' : 'keepalived --dont-fork');
    const before = await figures(lab, pid);
    await sleep(scene.measureMs);
    const after = await figures(lab, pid);
    const seconds = (after.atMs - before.atMs) / 1_000;
    const detectionMs = await runGuest<readonly number[]>(
      lab,
      'watch-weights.ts',
      {
        pid: await pidOf(lab, `answer-${mortal}.cfg`),
        ...{ port: mortal, servers: Math.ceil(scene.servers / perMortal) },
        ...{ everyMs: 50, atMostMs: 20_000 + 2 * scene.intervalMs },
      },
      120_000,
    );
    return {
      cpuPercent: (after.ticks - before.ticks) / ticksPerS / (seconds / 100),
      checksPerS: (after.taken - before.taken) / seconds,
      detectionMs,
    };
  } finally {
    await run.kill();
    await lab.run(['pkill', '-x', 'keepalived']);
    await answering.kill();
  }
}

async function startGuard(lab: Lab, { intervalMs }: Scene): Promise<LabProcess> {
  const file = '/run/guard-bench.yaml';
  await lab.writeFile(
    file,
    `defaults: { interval: ${intervalMs}ms, timeout: 1s, rise: 1, fall: 1, rampUp: 0s }
services:
  - { service: 'tcp/${virtual.address}:${virtual.port}', check: tcp }
`,
  );
  return lab.startDrain(['guard', file, '--output', 'json', '--state', '/run/guard-bench']);
}

async function startKeepalived(lab: Lab, { servers, intervalMs }: Scene): Promise<LabProcess> {
  const file = '/run/keepalived-bench.conf';
  const blocks = serversOf(servers).map(
    ({ address, port }) => `  real_server ${address} ${port} {
    weight 1
    inhibit_on_failure
    TCP_CHECK {
      connect_port ${port}
      connect_timeout 1
      retry 0
      delay_before_retry 1
    }
  }`,
  );
  await lab.writeFile(
    file,
    `virtual_server ${virtual.address} ${virtual.port} {
  delay_loop ${intervalMs / 1_000}
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
${blocks.join('\n')}
}
`,
  );
  return lab.spawn(['keepalived', '--dont-fork', '--check', '--log-console', '--use-file', file]);
}

async function pidOf(lab: Lab, words: string): Promise<number> {
  const { stdout } = await lab.run(['pgrep', '-o', '-f', words]);
  const pid = Number(stdout.trim());
  if (!(pid > 0)) throw new Error(`no process of ${words}`);
  return pid;
}

interface Figures {
  readonly atMs: number;
  /** CPU of a process and all that it has started. */
  readonly ticks: number;
  /** Connections that rs1 has taken so far. */
  readonly taken: number;
}

async function figures(lab: Lab, root: number): Promise<Figures> {
  const { stdout } = await lab.run(['sh', '-c', 'cat /proc/[0-9]*/stat; cat /proc/uptime']);
  const snmp = await lab.run(['cat', '/proc/net/snmp'], { namespace: 'rs1' });
  const lines = stdout.trim().split('\n');
  const uptimeS = Number(lines.at(-1)?.split(' ')[0]);
  const stats = lines.slice(0, -1).map((line) => {
    const fields = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0] = fields.slice(1, 2);
    // Of itself, and of its children that have ended.
    const ticks = fields.slice(11, 15).reduce((sum, one) => sum + one, 0);
    return { pid: Number(line.split(' ')[0]), parent, ticks };
  });
  const family = new Set([root]);
  for (let grown = true; grown; ) {
    const more = stats.filter(({ pid, parent }) => family.has(parent) && !family.has(pid));
    for (const { pid } of more) family.add(pid);
    grown = more.length > 0;
  }
  const [heads = '', values = ''] = snmp.stdout
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'));
  const at = heads.split(' ').indexOf('PassiveOpens');
  return {
    atMs: uptimeS * 1_000,
    ticks: stats.reduce((sum, { pid, ticks }) => sum + (family.has(pid) ? ticks : 0), 0),
    taken: Number(values.split(' ')[at]),
  };
}
