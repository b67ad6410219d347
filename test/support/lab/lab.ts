import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { boot, type Kernel, repository } from './boot.ts';
import { Clients } from './clients.ts';
import { guestScript, startHelper } from './helper.ts';
import { type Finished, type LabProcess, Processes, run, type Start } from './process.ts';
import type { Kit } from './provision.ts';
import { RealServerProcess } from './real-server.ts';
import { controlPort, realServers, serverPorts, virtualAddresses } from './topology.ts';

export const drainCommand = [process.execPath, join(repository, 'bin/drain.js')];

/** Many tests have new servers that do not serve; one that is about them says DRAIN_NO_CHECK=0. */
const unchecked = <T extends Start>(options: T): T => ({
  ...options,
  env: { DRAIN_NO_CHECK: '1', ...options.env },
});

export interface RunOptions extends Start {
  /** 60,000 by default. */
  readonly timeoutMs?: number;
}

/** A Linux kernel with IPVS, a director, clients and real servers, for tests. See topology.ts. */
export class Lab {
  readonly kernel: Kernel;
  readonly clients: Clients;
  /** `lab.servers[0]` is rs1. */
  readonly servers: readonly RealServerProcess[];
  /** From `startLab` to here. */
  readonly startMs: number;
  readonly #processes: Processes;
  readonly #started = new Set<LabProcess>();
  readonly #sysctls = new Map<string, { namespace: string; key: string; value: string }>();

  constructor(
    kernel: Kernel,
    processes: Processes,
    clients: Clients,
    servers: readonly RealServerProcess[],
    startMs: number,
  ) {
    this.kernel = kernel;
    this.#processes = processes;
    this.clients = clients;
    this.servers = servers;
    this.startMs = startMs;
  }

  /** A folder that host and lab can both write, under the same path; gone when the lab stops. */
  get folder(): string {
    return this.kernel.folder;
  }

  /** Runs a command to its end, by default in the director's namespace. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return run(this.kernel.channel, argv, options);
  }

  /** Starts a command that goes on; `reset` kills it. */
  async spawn(argv: readonly string[], options: Start = {}): Promise<LabProcess> {
    const started = await this.#processes.spawn(argv, options);
    this.#started.add(started);
    return started;
  }

  /** `ipvsadm` on the director. Exit code and messages are the caller's to look at. */
  ipvsadm(args: readonly string[], stdin = ''): Promise<Finished> {
    return this.run(['ipvsadm', ...args], { stdin });
  }

  /** Makes the table from rules as `ipvsadm -R` reads them; throws on the slightest complaint. */
  async setTable(...rules: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.ipvsadm(['-R'], ['-C', ...rules, ''].join('\n'));
    if (exitCode !== 0 || stderr !== '') throw new Error(`ipvsadm -R: exit ${exitCode}\n${stderr}`);
  }

  /** The table as `ipvsadm -Sn` saves it, one rule a line. */
  async table(): Promise<readonly string[]> {
    const { stdout } = await this.ipvsadm(['-Sn']);
    return stdout
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  /** The built command on the director, to its end. */
  drain(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.run([...drainCommand, ...args], unchecked(options));
  }

  /** The built command on the director, in the background. */
  startDrain(args: readonly string[], options: Start = {}): Promise<LabProcess> {
    return this.spawn([...drainCommand, ...args], unchecked(options));
  }

  /** Sets a kernel setting, `net.ipv4.vs.expire_nodest_conn`, until the next `reset`. */
  async sysctl(namespace: string, key: string, value: string | number): Promise<void> {
    const path = `${namespace} ${key}`;
    if (!this.#sysctls.has(path)) {
      const before = isDirector(namespace)
        ? await this.readFile(settingFile(key))
        : await this.#expect(['sysctl', '-n', key], namespace);
      this.#sysctls.set(path, { namespace, key, value: before.trim() });
    }
    await this.#set(namespace, key, `${value}`);
  }

  /** On the director by its agent, which is there already. */
  async #set(namespace: string, key: string, value: string): Promise<void> {
    if (isDirector(namespace)) await this.writeFile(settingFile(key), value);
    else await this.#expect(['sysctl', '-qw', `${key}=${value}`], namespace);
  }

  /** A file as the director sees it, without a process: `/proc/net/ip_vs_conn`. */
  readFile(path: string): Promise<string> {
    return this.kernel.channel.request({ op: 'read-file', path });
  }

  async writeFile(path: string, text: string): Promise<void> {
    await this.kernel.channel.request({ op: 'write-file', path, text });
  }

  /** As after the start: no traffic, an empty table, well-behaved servers, settings and timeouts put back, no journals. */
  async reset(): Promise<void> {
    await Promise.all([...this.#started].map((process) => process.kill()));
    this.#started.clear();
    await this.clients.reset();
    await Promise.all(this.servers.map((server) => server.reset()));
    for (const { namespace, key, value } of this.#sysctls.values()) {
      await this.#set(namespace, key, value);
    }
    this.#sysctls.clear();
    // With the locks and claims of its tables: a rollout that a test has left held is not the next one's.
    for (const path of ['/var/lib/drain', '/run/drain']) {
      await this.kernel.channel.request({ op: 'remove', path });
    }
    await this.#forgetConnections();
  }

  /**
   * `ipvsadm -C` keeps the connection entries, and they revive with their server. With
   * expire_nodest_conn=1 the removal of any server deletes all that have lost theirs.
   */
  async #forgetConnections(): Promise<void> {
    const expire = '/proc/sys/net/ipv4/vs/expire_nodest_conn';
    const timeouts = '--set 900 120 300';
    const spare = '-t 127.0.0.1:1';
    await this.writeFile(expire, '1');
    await this.setTable(
      timeouts,
      `-A ${spare}`,
      `-a ${spare} -r 127.0.0.1 -m`,
      `-d ${spare} -r 127.0.0.1`,
      '-C',
    );
    const deadline = performance.now() + 5_000;
    while ((await this.readFile('/proc/net/ip_vs_conn')).trim().includes('\n')) {
      if (performance.now() > deadline)
        throw new Error('the connection table does not become empty');
      await sleep(20);
    }
    await this.writeFile(expire, '0');
  }

  stop(): Promise<void> {
    return this.kernel.stop();
  }

  async #expect(argv: readonly string[], namespace: string): Promise<string> {
    const finished = await this.run(argv, isDirector(namespace) ? {} : { namespace });
    if (finished.exitCode !== 0) throw new Error(`${argv.join(' ')}: ${finished.stderr}`);
    return finished.stdout;
  }
}

const isDirector = (namespace: string): boolean => namespace === 'director';
const settingFile = (key: string): string => `/proc/sys/${key.replaceAll('.', '/')}`;

/** Boots the lab: a few seconds. */
export async function startLab(kit: Kit): Promise<Lab> {
  const startedAt = performance.now();
  const kernel = await boot(kit);
  const processes = new Processes(kernel.channel);
  try {
    const [clients, ...servers] = await Promise.all([
      startHelper(processes, guestScript('clients.mjs'), { namespace: 'client' }),
      ...realServers.map(async (host) => {
        const { name } = host;
        const options = { name, ...serverPorts, vips: answeringAddresses, controlPort };
        const script = guestScript('real-server.mjs', JSON.stringify(options));
        const { channel } = await startHelper(processes, script, { namespace: name });
        return new RealServerProcess(host, channel);
      }),
    ]);
    const startMs = Math.round(performance.now() - startedAt);
    return new Lab(kernel, processes, new Clients(clients.channel), servers, startMs);
  } catch (error) {
    await kernel.stop();
    throw error;
  }
}

const answeringAddresses = [virtualAddresses.v4, virtualAddresses.v6].flatMap((family) => [
  family.route,
  family.tunnel,
]);
