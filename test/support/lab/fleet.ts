import { chmod, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFleetEtcd } from './fleet-etcd.ts';
import { prepareFleetSshd } from './fleet-sshd.ts';
import {
  type controllers,
  type FleetDirector,
  fleetDirectors,
  fleetScript,
  lineScript,
  removeScript,
  spreadScript,
} from './fleet-topology.ts';
import type { Lab, RunOptions } from './lab.ts';
import type { Finished, LabProcess, Start } from './process.ts';

type Name = FleetDirector['name'];
type Controller = keyof typeof controllers;
export type Tables = Readonly<Record<string, readonly string[]>>;

interface SshOptions {
  readonly controller?: Controller;
  readonly connectTimeoutS?: number;
}

/** Four directors with an sshd each, and two controllers, inside a lab. See fleet-topology.ts. */
export interface Fleet {
  /** Clients' connections go to these directors alone. */
  spreadOver(directors: readonly FleetDirector[]): Promise<void>;
  /** The same rules for each of them, as `ipvsadm -R` reads them. */
  setTables(rules: readonly string[], directors?: readonly FleetDirector[]): Promise<void>;
  /** `ipvsadm -Sn` of each, in alphabetical order: `{lb1: [...], ...}`. */
  tables(directors?: readonly FleetDirector[]): Promise<Tables>;
  /** A command on a director, past its sshd. */
  on(name: Name, argv: readonly string[], options?: RunOptions): Promise<Finished>;
  /** A command of a shell on a director, as a controller gets to it. */
  ssh(director: FleetDirector, command: string, options?: SshOptions): Promise<Finished>;
  /** Connections by ssh that a director has let in so far. */
  logins(director: FleetDirector): Promise<number>;
  /** The kernel's sync daemons: the backup has the master's connections. For as long as the test. */
  syncPair(master: FleetDirector, backup: FleetDirector, syncId: number): Promise<void>;
  /** The built command on a controller; its state is in the controller's memory, unless told otherwise. */
  drain(args: readonly string[], controller?: Controller): Promise<Finished>;
  startDrain(args: readonly string[], controller?: Controller): Promise<LabProcess>;
  /** An etcd beside the controllers, until the next reset: what `--state` is then. */
  startEtcd(): Promise<string>;
  /** SIGSTOP for its sshd and all that runs in its sessions: it holds its connections and says nothing. */
  freeze(name: Name): Promise<void>;
  thaw(name: Name): Promise<void>;
  /** Nothing passes between it and its controllers. Clients do not notice. */
  cut(name: Name): Promise<void>;
  mend(name: Name): Promise<void>;
  /** SIGKILL for its sshd and its sessions. IPVS, which is in the kernel, goes on. */
  kill(name: Name): Promise<void>;
  /** Its sshd again. */
  start(name: Name): Promise<void>;
  /** All well, tables and connections gone, traffic over all four; after a `lab.reset()`. */
  reset(): Promise<void>;
  /** The lab as it was. */
  remove(): Promise<void>;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Rejects where there is no sshd to be had. */
export async function startFleet(lab: Lab): Promise<Fleet> {
  // One lab may have several fleets, one after the other.
  const folder = await mkdtemp(join(lab.folder, 'fleet-'));
  await chmod(folder, 0o755);
  const sshd = await prepareFleetSshd(folder);
  const shell = async (script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await lab.run(['sh'], { stdin: script });
    if (exitCode !== 0 || stderr !== '') throw new Error(`${script}: exit ${exitCode}\n${stderr}`);
    return stdout;
  };
  const sshds = fleetDirectors.map(({ name }) => sshd.start(name));
  await shell([fleetScript(), sshd.prepare, ...sshds].join(''));
  /** What the next reset has to do. */
  const undo = [spreadScript(fleetDirectors)];

  const controlled = (controller: Controller): Start => ({
    namespace: controller,
    env: {
      DRAIN_NO_CHECK: '1',
      PATH: `${sshd.bin}:${path}`,
      HOME: `/run/home/${controller}`,
      TMPDIR: '/run',
    },
  });
  const withState = (args: readonly string[], controller: Controller): readonly string[] =>
    args.includes('--state') ? args : [...args, '--state', stateOf(controller)];
  const fleet: Fleet = {
    async spreadOver(directors) {
      undo.push(spreadScript(fleetDirectors));
      await shell(spreadScript(directors));
    },
    async setTables(rules, directors = fleetDirectors) {
      const text = ['-C', ...rules, ''].join('\n');
      await shell(directors.map(({ name }) => restore(name, text)).join(''));
    },
    async tables(directors = fleetDirectors) {
      const saved = directors.map(({ name }) => `echo "= ${name}"\n${inside(name)} ipvsadm -Sn\n`);
      return parseTables(await shell(saved.join('')));
    },
    on: (name, argv, options) => lab.run(argv, { ...options, namespace: name }),
    ssh: ({ address }, command, { controller = 'ctl1', connectTimeoutS = 20 } = {}) => {
      const timeout = `ConnectTimeout=${connectTimeoutS}`;
      const words = [...sshd.ssh, '-o', timeout, `root@${address}`, command];
      return lab.run(words, controlled(controller));
    },
    async logins({ name }) {
      const log = await readFile(sshd.logFile(name), 'utf8');
      return log.match(/^Accepted publickey/gm)?.length ?? 0;
    },
    async syncPair(master, backup, syncId) {
      for (const [role, { name }] of [
        ['master', master],
        ['backup', backup],
      ] as const) {
        await shell(
          `${inside(name)} ipvsadm --start-daemon ${role} --mcast-interface eth1 --syncid ${syncId}\n`,
        );
        undo.push(`${inside(name)} ipvsadm --stop-daemon ${role}\n`);
      }
    },
    drain: (args, controller = 'ctl1') =>
      lab.drain(withState(args, controller), { ...controlled(controller), timeoutMs: 170_000 }),
    startDrain: (args, controller = 'ctl1') =>
      lab.startDrain(withState(args, controller), controlled(controller)),
    startEtcd: () => startFleetEtcd(lab),
    async freeze(name) {
      undo.push(signal(name, 'CONT'));
      await shell(signal(name, 'STOP'));
    },
    thaw: async (name) => void (await shell(signal(name, 'CONT'))),
    async cut(name) {
      undo.push(lineScript(name, 'up'));
      await shell(lineScript(name, 'down'));
    },
    mend: async (name) => void (await shell(lineScript(name, 'up'))),
    async kill(name) {
      undo.push(`[ -n "$(ip netns pids ${name})" ] || ${sshd.start(name)}`);
      await shell(signal(name, 'KILL'));
    },
    start: async (name) => void (await shell(sshd.start(name))),
    async reset() {
      const state = `rm -rf ${stateOf('ctl1')} ${stateOf('ctl2')}\n`;
      await shell([state, ...undo.splice(0), ...fleetDirectors.map(forget)].join(''));
      const deadline = performance.now() + 10_000;
      while ((await shell(fleetDirectors.map(entries).join(''))).includes('TCP')) {
        if (performance.now() > deadline) throw new Error('connections of a director stay');
        await sleep(50);
      }
    },
    remove: async () => void (await shell(removeScript())),
  };
  await fleet.reset();
  return fleet;
}

const stateOf = (controller: Controller): string => `/run/home/${controller}/state`;

const inside = (name: Name): string => `nsenter --net=/run/netns/${name}`;

const restore = (name: Name, text: string): string =>
  `${inside(name)} ipvsadm -R <<'END'\n${text}END\n`;

/** To whatever runs in that namespace; twice, for what was being started the first time. */
const signal = (name: Name, what: 'STOP' | 'CONT' | 'KILL'): string => {
  const once = `for pid in $(ip netns pids ${name}); do kill -${what} $pid 2>/dev/null || :; done\n`;
  return once + once;
};

const entries = ({ name }: FleetDirector): string => `${inside(name)} cat /proc/net/ip_vs_conn\n`;

/** As `Lab.reset` does it: the removal of any server deletes all connections that have lost theirs. */
function forget({ name }: FleetDirector): string {
  const spare = '-t 127.0.0.1:1';
  const rules = ['--set 900 120 300', '-C', `-A ${spare}`, `-a ${spare} -r 127.0.0.1 -m`];
  const expire = '/proc/sys/net/ipv4/vs/expire_nodest_conn';
  return `${inside(name)} sh <<'SH'
echo 1 >${expire}
ipvsadm -R <<'END'
${[...rules, `-d ${spare} -r 127.0.0.1`, '-C'].join('\n')}
END
echo 0 >${expire}
SH
`;
}

function parseTables(text: string): Tables {
  const parts = text.split(/^= /m).filter((part) => part !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const [name = '', ...rules] = part.split('\n').map((line) => line.trim());
      return [name, rules.filter((rule) => rule !== '').toSorted()];
    }),
  );
}
