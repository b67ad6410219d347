// Loaded when it is needed, and virtual time does not wait for that.
import '../../../src/store/documents/mark-schema.ts';
import { driveByCluster } from '../../../src/control/kube/drive.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { KubeEvent, KubeNotice } from '../../../src/domain/events/kube-event.ts';
import { ok } from '../../../src/domain/failure.ts';
import type { Floors } from '../../../src/domain/floor/floor.ts';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { type Command, carryOut } from '../account/commands.ts';
import { createMachine, type Machine } from '../account/machine.ts';
import {
  type DrainProcess,
  type Ended,
  type ProcessTools,
  startProcess,
} from '../account/process.ts';
import { storeApi } from '../cluster/store-api.ts';
import { settingsOf } from '../kube/kube-settings.ts';
import { busyTraffic } from '../web-traffic.ts';
import { ChaosCluster } from './chaos-cluster.ts';

export const web = 'tcp/10.0.0.100:80' as ServiceKey;
export const api = 'tcp/10.0.0.101:80' as ServiceKey;
/** A server of nobody's in a service of the cluster, beside four that have as much each. */
export const foreign = '10.0.9.1:80';
const foreignWeight = 60;
const fifth = 5;

/** `web` is adopted, `api` begins with somebody else's server, and the last is no Service's. */
const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.4:80 -m -w 100
-A -t 10.0.0.101:80 -s wrr
-a -t 10.0.0.101:80 -r ${foreign} -m -w ${foreignWeight}
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 7
-a -u 10.0.0.100:53 -r 10.0.0.3:53 -m -w 3
`;

/** The capacity that `web` keeps, whoever takes servers out. */
const leastOfWeb = 2;
export const floors: Floors = { services: [[web, { kind: 'count', count: leastOfWeb }]] };

const settings = settingsOf(`join: { after: 0s, over: 4s }
leave: { over: 2s, timeout: 60s, atOnce: 25% }
defaults: { check: tcp }`);

type Event = KubeEvent | KubeNotice;

/** One table with clients, on which a cluster, a guard, operators and rollouts are at the same time. */
export class ChaosSite {
  readonly machine: Machine;
  readonly cluster: ChaosCluster;
  readonly log: string[] = [];
  readonly wrong: string[] = [];
  kills = 0;
  #processes: (DrainProcess & { readonly kind: Command['kind'] | 'drive' })[] = [];
  /** The server of nobody's has its fifth of `api` while any of the cluster's is in: nobody else takes servers out. */
  keepsShare = false;

  constructor(private readonly seed: number) {
    const traffic = { ...busyTraffic, perSecond: 8, lifeMs: 1_500 };
    this.machine = createMachine(table, {
      seed,
      traffic: [
        { ...traffic, service: web },
        { ...traffic, service: api },
      ],
      warmUpMs: 5_000,
    });
    this.cluster = new ChaosCluster(this.clock, seed);
    this.machine.seen.onBatch = () => this.#look();
  }

  get clock() {
    return this.machine.simulation.clock;
  }

  tell(what: string): void {
    this.log.push(`${((this.clock.nowMs() % 86_400_000) / 1_000).toFixed(1)} ${what}`);
  }

  fail(what: string): void {
    this.tell(`WRONG ${what}`);
    this.wrong.push(what);
  }

  /** After each call of ipvsadm. */
  #look(): void {
    const { seen } = this.machine;
    for (const service of seen.zeros.splice(0)) this.fail(`${service} had no weight at all`);
    const rows = [...(this.machine.weights().get(web)?.values() ?? [])];
    if (rows.filter((weight) => weight > 0).length < leastOfWeb)
      this.fail('web is below its floor');
    this.#lookAtShare();
  }

  /** The part of `api` that nobody's server has. */
  #lookAtShare(): void {
    const weights = this.machine.weights().get(api) ?? new Map();
    const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
    const own = weights.get(foreign as ServerKey) ?? 0;
    if (own === 0) this.fail(`${foreign} has no weight`);
    // Once the last of the cluster's has been asked to leave there is nobody to share with.
    if (this.keepsShare && total > own && own * fifth !== total)
      this.fail(`${foreign} has ${own} of ${total}: ${JSON.stringify(this.weights(api))}`);
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000)
      await this.clock.sleepUntil(this.clock.nowMs() + Math.min(left, 1_000));
  }

  running(...kinds: readonly (Command['kind'] | 'drive')[]): readonly DrainProcess[] {
    return this.#processes.filter((one) => one.isRunning() && kinds.includes(one.kind));
  }

  begin(command: Command): DrainProcess {
    const what = JSON.stringify(command);
    return this.#start(command.kind, what, (tools) =>
      carryOut(this.machine, tools, command, floors),
    );
  }

  /** `drain kube FILE --adopt`, until it is told to stop. */
  drive(): DrainProcess {
    return this.#start('drive', 'drive', (tools) => this.#drive(tools));
  }

  #start(
    kind: Command['kind'] | 'drive',
    what: string,
    run: (tools: ProcessTools) => Promise<Ended>,
  ): DrainProcess {
    this.tell(what);
    const started = startProcess(this.machine, { state: 'a', what, words: 'ipvsadm' }, run);
    void started.ended.then((ended) => {
      this.tell(`${what} -> ${ended ? `${ended.exitCode} ${ended.said}` : 'killed'}`);
      if (!ended) this.kills++;
    });
    this.#processes.push({ ...started, kind });
    return started;
  }

  async #drive({ ports, director, store, clock, stop }: ProcessTools): Promise<Ended> {
    const prng = createPrng(this.seed + this.clock.nowMs());
    const reading = this.cluster.reader(clock);
    const ended = await driveByCluster(ports, {
      ...{ api: storeApi(this.cluster.store, reading, () => {}), file: 'kube.yaml', settings },
      readSettings: async () => ok(settings),
      onReload: () => {},
      opened: {
        access: [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }],
        ...{ directors: new Map([['local', director]]), clock },
      },
      ...{ store, isShared: false, floors: () => floors, adopts: true, stop },
      instance: `i${this.clock.nowMs()}`,
      random: () => prng.next(),
      createCheck: async (_, { key, address }) =>
        ok({
          ...{ name: `check ${key}`, kind: 'check', server: key },
          ask: async () => {
            const passed = !this.machine.sick.has(address);
            return { passed, detail: passed ? 'ok' : 'bad' };
          },
        }),
      show: async () => ok(async () => {}),
      emit: (event) => this.#hear(event),
    });
    if (!ended.ok) this.fail(`drain kube could not begin: ${ended.failure.what}`);
    return { exitCode: ended.ok ? ended.value : 1, advice: [], mend: [], said: '' };
  }

  #hear(event: Event): void {
    const { v, at, ...rest } = event as Event & { readonly v: number; readonly at: string };
    this.tell(`  ${JSON.stringify(rest)}`);
    // Nobody but drain edits the table.
    if (event.type === 'service-held' && event.why !== 'rollout')
      this.fail(`${event.service} is held: ${event.why} ${event.diff.join(', ')}`);
  }

  async until(process: DrainProcess): Promise<void> {
    for (let i = 0; i < 200 && process.isRunning(); i++) await this.pass(1_000);
    if (process.isRunning()) this.fail(`${process.what} does not end`);
  }

  /** All reasons and faults end: the cluster is as in the beginning, rollouts go back, operators bring in. */
  async wayOut(): Promise<void> {
    this.tell('the way out');
    this.cluster.calm();
    this.machine.sick.clear();
    for (const one of this.#processes) one.kill();
    this.drive();
    await this.pass(100_000);
    const { store } = this.machine.states.get('a') ?? {};
    const unfinished = await store?.unfinished.list();
    for (const id of unfinished?.ok ? unfinished.value.rollouts : [])
      await this.until(this.begin({ kind: 'rollback', id, words: [] }));
    this.begin({ kind: 'guard' });
    await this.pass(60_000);
    const marks = async (): Promise<readonly MaintenanceMark[]> => {
      const listed = await store?.marks.list();
      return listed?.ok ? listed.value : [];
    };
    for (const { reason, server } of await marks()) {
      if (reason !== 'operator') continue;
      const address = server.split(':')[0] ?? '';
      await this.until(this.begin({ kind: 'in', server: address, overMs: 0 }));
    }
    await this.pass(120_000);
    for (const mark of await marks()) this.fail(`a mark stays: ${JSON.stringify(mark)}`);
    for (const one of this.#processes) one.kill();
    const { refused, reset, hung } = this.machine.simulation.statistics;
    if (refused + reset + hung > 0) this.fail(`refused ${refused}, reset ${reset}, hung ${hung}`);
  }

  weights(service: ServiceKey): Readonly<Record<string, number>> {
    return Object.fromEntries(this.machine.weights().get(service) ?? []);
  }
}
