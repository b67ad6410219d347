import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type Etcd, startEtcd } from '../test/support/etcd.ts';
import { startServe } from '../test/support/running-serve.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import { mediansInTurns, timed } from './in-turns.ts';
import { drainJs } from './root.ts';

/** Commands and readings beside rollouts that ended long ago, and the same beside one. */
export const finished: Benchmark = {
  name: 'finished',
  about: 'what rollouts that have ended cost',
  run: async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'drain-bench-'));
    const count = context.size === 'small' ? 50 : 10_000;
    try {
      return [
        ...(await inFiles(context, folder, count)),
        ...(await inEtcd(context, folder, count)),
      ];
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

/** The states that are compared: of one rollout, and of many. */
interface States {
  readonly few: string;
  readonly many: string;
}

async function inFiles(
  context: BenchContext,
  folder: string,
  count: number,
): Promise<readonly BenchRow[]> {
  const states = { few: join(folder, 'few'), many: join(folder, 'many') };
  for (const state of [states.few, states.many]) await rollOut(folder, state);
  const rollouts = join(states.many, 'rollouts');
  const journal = (await readdir(rollouts)).find((file) => file.endsWith('.jsonl')) ?? '';
  const id = journal.slice(0, -'.jsonl'.length);
  const text = await readFile(join(rollouts, journal), 'utf8');
  for (let i = 1; i < count; i++) {
    const copy = earlierId(id, i);
    await writeFile(join(rollouts, `${copy}.jsonl`), text.replaceAll(id, copy), { mode: 0o600 });
    await writeFile(join(rollouts, `${copy}.trace`), '', { mode: 0o600 });
  }
  return compared(context, folder, { states, where: 'in files', count });
}

async function inEtcd(
  context: BenchContext,
  folder: string,
  count: number,
): Promise<readonly BenchRow[]> {
  const started = await startEtcd();
  if (started.kind === 'unavailable') {
    context.note(`no etcd: ${started.reason}`);
    return [];
  }
  const { etcd } = started;
  try {
    const states = { few: etcd.state('few'), many: etcd.state('many') };
    for (const state of [states.few, states.many]) await rollOut(folder, state);
    await copyInEtcd(etcd, count);
    return await compared(context, folder, { states, where: 'in etcd', count });
  } finally {
    await etcd.stop();
  }
}

/** As many names of rollouts, and the journals of the latest: nobody reads the others. */
async function copyInEtcd(etcd: Etcd, count: number): Promise<void> {
  const coded = (text: string): string => Buffer.from(text).toString('base64');
  const range = { key: coded('many/'), range_end: coded('many0') };
  const { kvs = [] } = (await etcd.call('/v3/kv/range', range)) as {
    readonly kvs?: readonly { readonly key: string; readonly value: string }[];
  };
  const all = kvs.map(({ key, value }) =>
    [key, value].map((text) => Buffer.from(text, 'base64').toString()),
  );
  const [, id = ''] = all.flatMap(([key = '']) => /rollouts\/([^/]+)$/.exec(key) ?? []);
  const ofRollout = all.filter(([key = '']) => key.includes(id) && !key.includes('trace'));
  let puts: object[] = [];
  const flush = async (): Promise<void> => {
    await etcd.call('/v3/kv/txn', { success: puts });
    puts = [];
  };
  for (let i = 1; i < count; i++) {
    const copy = earlierId(id, i);
    for (const [key = '', value = ''] of ofRollout) {
      if (i > withJournals && !/rollouts\/[^/]+$/.test(key)) continue;
      const request_put = {
        key: coded(key.replaceAll(id, copy)),
        value: coded(value.replaceAll(id, copy)),
      };
      puts.push({ request_put });
    }
    if (puts.length >= 60) await flush();
  }
  await flush();
}

const withJournals = 50;

/** An id of the same length and of an earlier year. */
const earlierId = (id: string, i: number): string =>
  `2025${id.slice(4, 8)}-${String(999_999_999 - i)}${id.slice(18)}`;

interface Scene {
  readonly states: States;
  readonly where: string;
  readonly count: number;
}

async function compared(
  { size, note }: BenchContext,
  folder: string,
  { states, where, count }: Scene,
): Promise<readonly BenchRow[]> {
  const director = ['--director', `sim:${join(folder, 'table.yaml')}`];
  const rows: BenchRow[] = [];
  for (const [words, most] of [
    [['status'], 1.5],
    [['history', '--limit', '20'], 2],
    [['list', ...director], 1.2],
  ] as const) {
    const timedOn = (state: string) => () => timed(() => run(folder, [...words, '--state', state]));
    const { few, many } = await mediansInTurns(size === 'small' ? 1 : 15, {
      few: timedOn(states.few),
      many: timedOn(states.many),
    });
    note(`${where}: ${words[0]}`);
    rows.push(rowOf(`drain ${words[0]}, ${count} ${where}`, { few, many, most, size }));
  }
  const few = await readingCostMs(states.few, director, size);
  const many = await readingCostMs(states.many, director, size);
  rows.push(rowOf(`CPU of a reading of /state, ${count} ${where}`, { few, many, most: 1.5, size }));
  return rows;
}

interface Compared {
  readonly few: number;
  readonly many: number;
  readonly most: number;
  readonly size: BenchContext['size'];
}

const rowOf = (what: string, { few, many, most, size }: Compared): BenchRow => ({
  what,
  ours: { value: many, unit: 'ms' },
  against: [{ name: 'one that has ended', figure: { value: few, unit: 'ms' } }],
  goal: `at most ${most}x`,
  met: size === 'small' ? undefined : many <= most * few,
});

/** Milliseconds of CPU that `drain serve` takes for an answer that it has to read anew. */
async function readingCostMs(
  state: string,
  director: readonly string[],
  size: BenchContext['size'],
): Promise<number> {
  const serve = await startServe([...director, '--state', state]);
  const times = size === 'small' ? 2 : 30;
  const ask = async (): Promise<void> => {
    await (await fetch(`${serve.url}/state`)).text();
    // Asked again within half a second it gives the same answer.
    await sleep(600);
  };
  for (let i = 0; i < 6; i++) await ask();
  const fromMs = await cpuMs(serve.pid);
  for (let i = 0; i < times; i++) await ask();
  const spentMs = (await cpuMs(serve.pid)) - fromMs;
  serve.signal('SIGTERM');
  await serve.ended;
  return spentMs / times;
}

async function cpuMs(pid: number | undefined): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const table = `
table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
  -a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;

/** Leaves one rollout in the state, which is over. */
async function rollOut(folder: string, state: string): Promise<void> {
  const file = join(folder, 'table.yaml');
  await writeFile(file, table);
  const pace = ['--over', '0s', '--settle', '0s', '--state', state];
  const servers = ['--from', '10.0.0.1', '--to', '10.0.0.2'];
  await run(folder, ['--director', `sim:${file}`, ...servers, ...pace]);
  await writeFile(file, table);
}

const run = (cwd: string, args: readonly string[]) =>
  execa(process.execPath, [drainJs, ...args], { cwd, env: { NO_COLOR: '1' } });
