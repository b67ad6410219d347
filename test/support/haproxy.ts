import { join } from 'node:path';
import { fileOf, librariesIn, unpacked, whyNot } from './debian-packages.ts';
import { repository } from './lab/boot.ts';
import { Channel } from './lab/channel.ts';
import type { Lab } from './lab/lab.ts';
import type { LabProcess } from './lab/process.ts';

/** A real HAProxy on the lab's director, with one backend in round robin. */
export interface Haproxy {
  /**
   * A command of its runtime API, such as `set server lb/rs1 weight 50%`. Throws when HAProxy has
   * anything to say about it: it answers what it has done with nothing.
   */
  set(command: string): Promise<void>;
  /** The sessions that a server has. */
  sessions(server: string): Promise<number>;
}

export type StartedHaproxy =
  | { readonly kind: 'running'; readonly haproxy: Haproxy }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface HaproxyOptions {
  readonly address: string;
  readonly port: number;
  /** `rs1` and where it is, `10.0.2.11:8080`; each has weight 100. */
  readonly servers: Readonly<Record<string, string>>;
}

const socket = '/run/haproxy.sock';

/** Debian's haproxy (2 MB), fetched on first use; it ends with the lab's next `reset`. */
export async function startHaproxy(
  lab: Lab,
  { address, port, servers }: HaproxyOptions,
): Promise<StartedHaproxy> {
  const found = await findHaproxy().catch((error: Error) => error);
  if (found instanceof Error) return { kind: 'unavailable', reason: whyNot(found) };
  const lines = Object.entries(servers).map(([name, at]) => `  server ${name} ${at} weight 100`);
  const config = `global
  stats socket ${socket} level admin
  nbthread 1
  maxconn 2000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen lb
  bind ${address}:${port}
  balance roundrobin
${lines.join('\n')}
`;
  const file = '/run/haproxy.cfg';
  await lab.writeFile(file, config);
  const program = await lab.spawn([found.program, '-db', '-f', file], { env: found.env });
  const script = join(repository, 'test/support/lab/guest/runtime-api.mjs');
  const guest = await lab.spawn([process.execPath, script, socket]);
  await guest.line((line) => line.includes('"ready"'));
  const channel = new Channel((line) => void guest.write(`${line}\n`).catch(() => {}));
  guest.onLine = (line) => channel.receive(line);
  guest.ended.then(() => channel.close('the way to HAProxy has ended'));
  const ask = (command: string) => channel.request<string>({ command }, 10_000);
  if (!(await isUp(program, () => ask('show info')))) {
    return { kind: 'unavailable', reason: `it does not start: ${program.stderr.at(-1) ?? ''}` };
  }
  return {
    kind: 'running',
    haproxy: {
      async set(command) {
        const answer = await ask(command);
        if (answer !== '') throw new Error(`HAProxy on ${command}: ${answer}`);
      },
      async sessions(server) {
        const [heading = '', ...rows] = (await ask('show stat')).split('\n');
        const row = rows.map((line) => line.split(',')).find((cells) => cells[1] === server);
        return Number(row?.[heading.split(',').indexOf('scur')] ?? Number.NaN);
      },
    },
  };
}

/** It is up when its socket answers, and will not be when it has ended. */
async function isUp(program: LabProcess, ask: () => Promise<unknown>): Promise<boolean> {
  const deadline = performance.now() + 20_000;
  while (program.running && performance.now() < deadline) {
    const answered = await ask().then(
      () => true,
      () => false,
    );
    if (answered) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** The program of Debian, with the libraries that it is linked with. */
export async function findHaproxy() {
  const root = await unpacked({ names: ['haproxy'], withLibraries: true });
  const program = await fileOf(root, 'usr/sbin/haproxy');
  return { program, env: { LD_LIBRARY_PATH: librariesIn(root) } };
}
