import { beforeEach, describe, expect, test } from 'vitest';
import { assertNever } from '../../src/domain/assert-never.ts';
import { createSimulatedIpvsadm } from '../../src/ipvs/simulated/simulated-director.ts';
import { anyTable, type Step, type Table } from '../support/scheduling-tables.ts';
import { simulatedClients } from '../support/simulated-clients.ts';
import { execute } from '../support/simulated-ipvs.ts';
import { contractTimeoutMs, holdsForAll } from './holds-for-all.ts';

/** A table and the clients of one virtual address. Nobody else has connections there. */
export interface SchedulingUnderTest {
  /** Gives these lines to one `ipvsadm -R`; what it prints. */
  ipvsadm(lines: readonly string[]): Promise<string>;
  sequence(port: number, count: number): Promise<readonly string[]>;
  hold(port: number): Promise<string>;
  /** Closes one of those that stay open, by its place among them. */
  release(place: number): Promise<void>;
  /** Ends all connections. Clients are told of a refusal at once. */
  reset(): Promise<void>;
}

export interface SchedulerContract {
  readonly name: string;
  /** The virtual address, and five real servers that answer there on port 8080. */
  readonly address: string;
  readonly servers: readonly string[];
  readonly scheduling: () => SchedulingUnderTest;
  /** How many random tables, each with some hundred connections. */
  readonly tables: number;
}

/** Every table has a port of its own: servers removed before come back with what they remember. */
let lastPort = 20_000;

/** Edits with no connection between them are one process: that is what takes the time. */
function joined(steps: readonly Step[]): readonly Step[] {
  const all: Step[] = [];
  for (const step of steps) {
    const last = all.at(-1);
    if (last?.kind === 'edit' && step.kind === 'edit') {
      all[all.length - 1] = { kind: 'edit', lines: [...last.lines, ...step.lines] };
    } else all.push(step);
  }
  return all;
}

/**
 * Whom a table's schedulers choose for connections that come one after another. Connections that
 * have ended stay in the table for two minutes, so a table takes less time than that.
 */
export function describeSchedulers({
  name,
  address,
  servers,
  scheduling,
  tables,
}: SchedulerContract): void {
  const spell = (lines: readonly string[], port: number): readonly string[] =>
    lines.map((line) =>
      line
        .replace(' V', ` -t ${address}:${port}`)
        .replace(/ S(\d)/, (_, index: string) => ` ${servers[Number(index)]}:8080`),
    );
  const letters = (chosen: readonly string[]): string =>
    chosen.map((server) => 'ABCDE'[servers.indexOf(server)] ?? '-').join('');

  /** Makes the table and opens connections to it: `letters` of the servers that got them. */
  async function chosen(count: number, ...lines: readonly string[]): Promise<string> {
    const port = ++lastPort;
    await scheduling().ipvsadm(spell(lines, port));
    return letters(await scheduling().sequence(port, count));
  }

  describe(`the schedulers, ${name},`, { timeout: contractTimeoutMs }, () => {
    beforeEach(() => scheduling().reset());

    test('begin with the newest server', async () => {
      const two = ['-a V -r S0 -m -w 1', '-a V -r S1 -m -w 1'];
      expect(await chosen(4, '-A V -s rr', ...two)).toBe('BABA');
      expect(await chosen(4, '-A V -s wrr', ...two)).toBe('BABA');
    });

    test('of which wrr takes 99 of 100 in a row', async () => {
      const order = await chosen(200, '-A V -s wrr', '-a V -r S0 -m -w 1', '-a V -r S1 -m -w 99');
      // The level was that of the first server alone when the second one came.
      expect(order).toBe(`BA${'B'.repeat(99)}A${'B'.repeat(98)}`);
    });

    test('refuse clients when every weight is 0', async () => {
      expect(await chosen(2, '-A V -s wrr', '-a V -r S0 -m -w 0', '-a V -r S1 -m -w 0')).toBe('--');
    });

    test('of which wrr stays at the head of the list with an edit after every connection', async () => {
      const port = ++lastPort;
      const { ipvsadm, sequence } = scheduling();
      await ipvsadm(spell(['-A V -s wrr', '-a V -r S0 -m -w 47', '-a V -r S1 -m -w 53'], port));
      let order = '';
      for (let index = 0; index < 20; index++) {
        order += letters(await sequence(port, 1));
        await ipvsadm(spell(['-e V -r S0 -m -w 47'], port));
      }
      expect(order).toBe('B'.repeat(20));
    });

    test('choose as the simulated ones do, with edits between the connections', async () => {
      await holdsForAll(anyTable, tables, async (table) => {
        const { answers, expected } = await follow(table, ++lastPort);
        expect(answers).toEqual(expected);
      });
    });
  });

  /** Whom both choose, step by step, and at the end the listing with its counters. */
  async function follow({ scheduler, steps }: Table, port: number) {
    const real = scheduling();
    await real.reset();
    const sim = createSimulatedIpvsadm({ seed: 1 });
    const simulated = simulatedClients(sim, address);
    const answers: string[] = [];
    const expected: string[] = [];
    const edit = async (lines: readonly string[]) => {
      const spelt = spell(lines, port);
      await real.ipvsadm(spelt);
      for (const line of spelt) sim.ipvsadm(line.split(' '));
    };
    const perform = async (step: Step) => {
      switch (step.kind) {
        case 'edit':
          return await edit(step.lines);
        case 'sequence':
          answers.push(letters(await real.sequence(port, step.count)));
          expected.push(letters(simulated.sequence(port, step.count)));
          return;
        case 'hold':
          answers.push(letters([await real.hold(port)]));
          expected.push(letters([simulated.hold(port)]));
          return;
        case 'release': {
          const place = simulated.releasable();
          if (place === undefined) return;
          simulated.release(place);
          return await real.release(place);
        }
        default:
          return assertNever(step);
      }
    };
    await edit([`-A V -s ${scheduler}`]);
    for (const step of joined(steps)) await perform(step);
    const listing = spell(['-Ln V'], port);
    answers.push(await real.ipvsadm(listing));
    expected.push(execute(sim, listing.join()));
    return { answers, expected };
  }
}
