import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createCluster } from '../../support/account/cluster.ts';
import { type Command, carryOut } from '../../support/account/commands.ts';
import { createMachine } from '../../support/account/machine.ts';
import { type DrainProcess, startProcess } from '../../support/account/process.ts';
import { baseTable, dns, web } from '../../support/account/table.ts';

const runs = Number(process.env.DRAIN_ACCOUNT_RUNS ?? 40);
const seed = Number(process.env.DRAIN_ACCOUNT_SEED ?? 1);

type Act =
  | { readonly kind: 'cluster' | 'guard' }
  | { readonly kind: 'node' | 'health'; readonly server: number; readonly isGood: boolean }
  | { readonly kind: 'out' | 'in'; readonly server: number; readonly overMs: number }
  | { readonly kind: 'hand-over'; readonly from: number; readonly overMs: number }
  | { readonly kind: 'kill'; readonly which: number; readonly point: number };

const server = fc.integer({ min: 1, max: 3 });
const overMs = fc.constantFrom(0, 3_000);
const isGood = fc.boolean();
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'cluster' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'guard' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('node' as const), server, isGood }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('health' as const), server, isGood }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('out' as const, 'in' as const), server, overMs }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('hand-over' as const), from: server, overMs }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      ...{ which: fc.nat({ max: 3 }), point: fc.integer({ min: 1, max: 12 }) },
    }),
  },
);
const stories = fc.array(fc.record({ afterMs: fc.constantFrom(0, 1_500, 4_000, 12_000), act }), {
  minLength: 1,
  maxLength: 10,
});

/** A machine whose one table a cluster, a guard, operators and rollouts have at the same time. */
class Shared {
  readonly machine = createMachine(baseTable);
  readonly cluster = createCluster();
  readonly driving: Command = { kind: 'cluster', cluster: this.cluster };
  readonly log: string[] = [];
  readonly wrong: string[] = [];
  private readonly clock = this.machine.simulation.clock;
  private processes: (DrainProcess & { readonly kind: string })[] = [];

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await this.clock.sleepUntil(this.clock.nowMs() + Math.min(left, 1_000));
      for (const service of this.machine.seen.zeros.splice(0))
        this.wrong.push(`${service} had no weight at all`);
      for (const event of this.cluster.events.splice(0)) {
        this.log.push(`${this.clock.nowMs()} ${JSON.stringify(event)}`);
        if (event.type === 'service-held') this.wrong.push(`held: ${event.diff.join(', ')}`);
      }
    }
  }

  begin(command: Command): DrainProcess {
    const what = command.kind === 'cluster' ? 'cluster' : JSON.stringify(command);
    const process = startProcess(this.machine, { state: 'a', what, words: 'ipvsadm' }, (tools) =>
      carryOut(this.machine, tools, command),
    );
    this.log.push(`${this.clock.nowMs()} ${what}`);
    void process.ended.then((ended) => {
      // A cluster's service is refused to it.
      if (command.kind === 'hand-over' && ended?.exitCode === 0) this.wrong.push('handed over');
      this.log.push(`${this.clock.nowMs()} ${what} -> ${ended?.exitCode} ${ended?.said}`);
    });
    this.processes.push({ ...process, kind: command.kind });
    return process;
  }

  perform(act: Act): void {
    const running = this.processes.filter((one) => one.isRunning());
    switch (act.kind) {
      case 'cluster':
      case 'guard':
        if (running.some(({ kind }) => kind === act.kind)) return;
        this.begin(act.kind === 'guard' ? { kind: 'guard' } : this.driving);
        return;
      case 'node':
        if (act.isGood) this.cluster.out.delete(act.server);
        else this.cluster.out.add(act.server);
        this.log.push(`${this.clock.nowMs()} node ${act.server} ${act.isGood}`);
        this.cluster.changed();
        return;
      case 'health':
        if (act.isGood) this.machine.sick.delete(`10.0.0.${act.server}`);
        else this.machine.sick.add(`10.0.0.${act.server}`);
        this.log.push(`${this.clock.nowMs()} health ${act.server} ${act.isGood}`);
        return;
      case 'out':
      case 'in':
        this.begin({ kind: act.kind, server: `10.0.0.${act.server}`, overMs: act.overMs });
        return;
      case 'hand-over': {
        const { from, overMs } = act;
        // Not of the other service: a server that has left the cluster's may be handed over there.
        const ofCluster = { service: web, overMs, force: false };
        this.begin({ kind: 'hand-over', from: `10.0.0.${from}`, to: '10.0.0.4', ...ofCluster });
        return;
      }
      case 'kill':
        running[act.which % Math.max(1, running.length)]?.killAt(act.point, 'after');
        this.log.push(
          `${this.clock.nowMs()} kill ${running[act.which % Math.max(1, running.length)]?.what}`,
        );
    }
  }

  /** All reasons end: nodes and health are good, rollouts go back, operators bring in. */
  async wayOut(): Promise<void> {
    this.cluster.out.clear();
    this.machine.sick.clear();
    this.cluster.changed();
    await this.pass(60_000);
    for (const one of this.processes) if (one.kind !== 'cluster') one.kill();
    const { store } = this.machine.states.get('a') ?? {};
    const until = async (process: DrainProcess): Promise<void> => {
      for (let i = 0; i < 90 && process.isRunning(); i++) await this.pass(1_000);
    };
    const unfinished = await store?.unfinished.list();
    for (const id of unfinished?.ok ? unfinished.value.rollouts : [])
      await until(this.begin({ kind: 'rollback', id, words: [] }));
    if (!this.processes.some((one) => one.kind === 'cluster' && one.isRunning()))
      this.begin(this.driving);
    this.begin({ kind: 'guard' });
    await this.pass(40_000);
    const marks = async (): Promise<readonly MaintenanceMark[]> => {
      const listed = await store?.marks.list();
      return listed?.ok ? listed.value : [];
    };
    for (const mark of await marks()) {
      if (mark.reason !== 'operator') continue;
      const address = mark.server.split(':')[0] ?? '';
      await until(this.begin({ kind: 'in', server: address, overMs: 0 }));
    }
    await this.pass(90_000);
    for (const mark of await marks()) this.wrong.push(`a mark stays: ${JSON.stringify(mark)}`);
    for (const one of this.processes) one.kill();
    if (this.wrong.length === 0) {
      const weights = Object.fromEntries(
        [web, dns].map((one) => [one, Object.fromEntries(this.machine.weights().get(one) ?? [])]),
      );
      expect(weights, this.log.join('\n')).toEqual({
        [web]: { '10.0.0.1:80': 100, '10.0.0.2:80': 50, '10.0.0.3:80': 75 },
        [dns]: { '10.0.0.1:53': 7, '10.0.0.3:53': 3 },
      });
    }
  }
}

describe('a cluster beside a guard, operators and rollouts on one table', () => {
  it(`is one reason of several: the weight is the base weight when all have ended, over ${runs} stories`, async () => {
    const { random } = Math;
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        let drawn = 0;
        Math.random = () => (++drawn * 0.618_033_988_749_895) % 1;
        const shared = new Shared();
        try {
          shared.begin(shared.driving);
          await shared.pass(8_000);
          for (const { afterMs, act: one } of story) {
            await shared.pass(afterMs);
            shared.perform(one);
          }
          await shared.wayOut();
          expect(shared.wrong, shared.log.join('\n')).toEqual([]);
        } finally {
          Math.random = random;
        }
      }),
      { numRuns: runs, seed },
    );
  }, 600_000);
});
