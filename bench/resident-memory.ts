import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Benchmark } from './benchmark.ts';
import { median } from './quantiles.ts';
import { drainJs } from './root.ts';

/** Clients that stay for hours, so that the old server is never empty; one a second, to have little else. */
const scenario = `
table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
  -a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
warmUp: 10s
traffic:
  - { service: tcp/10.0.0.100:80, perSecond: 1, life: 2h }
`;

/**
 * A rollout that waits for its last connections, in virtual time as fast as it goes: 3,600 polls in
 * seconds, so more garbage at a time than an hour really has, and a simulated kernel in the process.
 */
export const residentMemory: Benchmark = {
  name: 'resident-memory',
  about: 'a rollout that waits for an hour of virtual time, polling every second',
  run: async ({ size }) => {
    const minutes = size === 'small' ? 4 : 60;
    const idle = await idleBytes();
    const { first, half, last } = await heldBytes(minutes);
    const node = { name: 'an idle node', figure: { value: idle, unit: 'bytes' } } as const;
    const judged = size === 'full';
    return [
      {
        what: 'with its first line printed',
        ours: { value: first, unit: 'bytes' },
        against: [node],
        goal: '',
        met: undefined,
      },
      {
        what: 'at its end',
        ours: { value: last, unit: 'bytes' },
        against: [node],
        goal: 'at most 1.6x',
        met: judged ? last <= 1.6 * idle : undefined,
      },
      {
        what: 'at its end',
        ours: { value: last, unit: 'bytes' },
        against: [{ name: 'after half of it', figure: { value: half, unit: 'bytes' } }],
        goal: 'flat: at most 1.1x',
        met: judged ? last <= 1.1 * half : undefined,
      },
    ];
  },
};

async function idleBytes(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'console.log(0);setInterval(()=>{},1e3)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    return await residentBytes(child);
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}

async function heldBytes(minutes: number): Promise<Held> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-bench-'));
  try {
    const file = join(folder, 'clients.yaml');
    await writeFile(file, scenario);
    const words = ['--director', `sim:${file}`, '--from', '10.0.0.1', '--to', '10.0.0.2'];
    const policy = ['--over', '1s', '--drain-timeout', `${minutes}m`, '--output', 'json'];
    const child = spawn(process.execPath, [drainJs, ...words, ...policy], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(child, 'exit');
    const found = await readingsOf(child, minutes * 60_000);
    child.kill('SIGKILL');
    await ended;
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Held {
  readonly first: number;
  readonly half: number;
  readonly last: number;
}

/** Three readings shortly before half of the wait and its end, for the garbage comes and goes. */
async function readingsOf(child: ChildProcess, waitMs: number): Promise<Held> {
  const first: number[] = [];
  const half: number[] = [];
  const last: number[] = [];
  if (!child.stdout) throw new Error('its output is not piped');
  let startMs: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const [, at = ''] = /"at":"([^"]+)"/.exec(line) ?? [];
    startMs ??= Date.parse(at);
    const passed = (Date.parse(at) - startMs) / waitMs;
    const wanted = passed > 0.95 ? last : passed > 0.45 && passed < 0.5 ? half : first;
    const most = wanted === first ? 1 : 3;
    if (wanted.length < most) wanted.push(await residentBytes(child));
  }
  return { first: median(first), half: median(half), last: median(last) };
}

/** VmRSS of proc(5): Linux only, like everything that is measured here. */
async function residentBytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1_024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
