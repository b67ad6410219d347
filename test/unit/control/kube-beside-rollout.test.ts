import { describe, expect, it } from 'vitest';
import { createCluster } from '../../support/account/cluster.ts';
import { type Command, carryOut } from '../../support/account/commands.ts';
import { createMachine } from '../../support/account/machine.ts';
import { startProcess } from '../../support/account/process.ts';
import { baseTable, web } from '../../support/account/table.ts';
import { eventually } from '../../support/eventually.ts';

/** One table with operators and a cluster that adopts what it asks for. */
function openLab() {
  const machine = createMachine(baseTable);
  const cluster = createCluster();
  const { clock } = machine.simulation;
  const begin = (command: Command) =>
    startProcess(machine, { state: 'a', what: command.kind, words: 'ipvsadm' }, (tools) =>
      carryOut(machine, tools, command),
    );
  return {
    ...{ machine, cluster, begin },
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 1_000)
        await clock.sleepUntil(clock.nowMs() + Math.min(left, 1_000));
    },
    /** Time goes on until the cluster has said so. */
    sees: (events: unknown) =>
      eventually(async () => {
        await clock.sleepUntil(clock.nowMs() + 1_000);
        expect(cluster.events).toEqual(
          Array.isArray(events) ? events.map((one) => expect.objectContaining(one)) : events,
        );
      }),
    claimed: async () => {
      const listed = await machine.states.get('a')?.store.marks.clusters.list();
      return listed?.ok ? listed.value.flatMap(({ servers }) => servers.map((s) => s.server)) : [];
    },
    weights: () => Object.fromEntries(machine.weights().get(web) ?? []),
    unfinished: async (): Promise<readonly string[]> => {
      const listed = await machine.states.get('a')?.store.unfinished.list();
      return listed?.ok ? listed.value.rollouts : [];
    },
  };
}

const handOver: Command = {
  kind: 'hand-over',
  ...{ from: '10.0.0.1', to: '10.0.0.4', overMs: 20_000, force: false },
};
const base = { '10.0.0.1:80': 100, '10.0.0.2:80': 50, '10.0.0.3:80': 75 };

describe('a cluster that would adopt a service in which a rollout was cut off', () => {
  it.each([
    ['rollback', base],
    // A server of somebody else is left in it, whose share stays.
    ['abandon', { '10.0.0.1:80': 7, '10.0.0.2:80': 3, '10.0.0.3:80': 5, '10.0.0.4:80': 3 }],
  ] as const)('waits for its end, and takes the service after %s', async (end, left) => {
    const lab = openLab();
    const first = lab.begin(handOver);
    await lab.pass(8_000);
    first.kill();
    const onTheWay = lab.weights();
    expect(onTheWay).toHaveProperty(['10.0.0.4:80']);
    const cluster = lab.begin({ kind: 'cluster', cluster: lab.cluster });
    const [id = ''] = await lab.unfinished();
    await lab.sees([{ type: 'service-held', why: 'rollout', diff: [expect.stringContaining(id)] }]);
    await lab.pass(60_000);
    expect(lab.weights()).toEqual(onTheWay);
    const ended = await Promise.race([
      lab.begin(end === 'abandon' ? { kind: 'abandon', id } : { kind: 'rollback', id, words: [] })
        .ended,
      lab.pass(90_000),
    ]);
    expect(ended).toMatchObject({ exitCode: 0 });
    await lab.sees(expect.arrayContaining([expect.objectContaining({ type: 'service-released' })]));
    await lab.pass(60_000);
    expect(await lab.claimed()).toEqual([1, 2, 3].map((n) => `10.0.0.${n}:80`));
    expect(lab.weights()).toEqual(left);
    cluster.kill();
  });
});
