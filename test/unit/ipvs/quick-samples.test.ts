import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import type { ServiceSample } from '../../../src/domain/ipvs/ipvs.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import { procTableText } from '../../support/proc-table-text.ts';
import { connect, execute } from '../../support/simulated-ipvs.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const rules = [
  '-A -t 10.0.0.100:80 -s wrr',
  '-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1',
  '-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 0',
];

/** A director that has both ways, beside one that always asks ipvsadm. */
function start(table = rules) {
  const stdins: string[] = [];
  const reads: string[] = [];
  const simulation = createSimulatedIpvsadm({ seed: 1, table: `${table.join('\n')}\n` });
  const { clock, runner } = simulation;
  const nowMs = (): number => clock.nowMs();
  let file: string | undefined;
  const director = createDirector({
    name: 'local',
    nowMs,
    runner: {
      ...runner,
      run: (args, stdin) => {
        stdins.push(stdin);
        return runner.run(args, stdin);
      },
    },
    readProcTable: () => {
      reads.push(file ?? 'none');
      return file;
    },
  });
  const asking = createDirector({ name: 'asking', runner });
  const truth = async (): Promise<readonly ServiceSample[]> => {
    const sampled = await asking.sample([web]);
    if (!sampled.ok) throw new Error(sampled.failure.what);
    return sampled.value;
  };
  return {
    ...{ simulation, director, stdins, reads, truth },
    wait: (ms: number): Promise<void> => clock.sleepUntil(clock.nowMs() + ms),
    /** The file as the kernel would print it now; or another one. */
    print: async (text?: string): Promise<void> => {
      file = text ?? procTableText(await truth());
    },
    remove: (): void => {
      file = undefined;
    },
  };
}

describe('a sample', () => {
  it('costs no process where the file shows what ipvsadm said before, and has the new counts', async () => {
    const { director, simulation, stdins, truth, print } = start();
    await director.snapshot([web]);
    connect(simulation, 2_001);
    await print();
    const counted = await director.sample([web]);
    expect(counted).toEqual({ ok: true, value: await truth() });
    expect(counted.ok && counted.value[0]?.servers.get('10.0.0.1:80' as never)).toMatchObject({
      activeConn: 1,
    });
    expect(stdins).toHaveLength(1);
  });

  it('asks ipvsadm first, and again every four seconds for the totals', async () => {
    const { director, stdins, print, wait } = start();
    await print();
    for (let poll = 0; poll < 12; poll++) {
      expect(await director.sample([web])).toMatchObject({ ok: true });
      await wait(1_000);
    }
    expect(stdins).toHaveLength(3);
    expect(stdins.every((stdin) => stdin.includes('--stats'))).toBe(true);
  });

  it.each([
    ['a weight was changed', '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 7'],
    ['a server was removed', '-d -t 10.0.0.100:80 -r 10.0.0.2:80'],
    ['a server was added', '-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 1'],
    ['the scheduler was changed', '-E -t 10.0.0.100:80 -s rr'],
    ['it was made persistent', '-E -t 10.0.0.100:80 -s wrr -p 60'],
  ])('asks ipvsadm when %s', async (_, edit) => {
    const { director, simulation, stdins, truth, print } = start();
    await director.snapshot([web]);
    execute(simulation, edit);
    await print(
      procTableText(await truth(), edit.includes('-p') ? 'persistent 6000 FFFFFFFF' : ''),
    );
    expect(await director.sample([web])).toEqual({ ok: true, value: await truth() });
    expect(stdins).toHaveLength(2);
  });

  it('reads the file again once ipvsadm has said the same', async () => {
    const { director, simulation, stdins, print, wait } = start();
    await director.snapshot([web]);
    execute(simulation, '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 7');
    await print();
    await director.sample([web]);
    await wait(1_000);
    await director.sample([web]);
    expect(stdins).toHaveLength(2);
  });

  it('never believes a file about another table, and soon stops reading it', async () => {
    const { director, stdins, reads, truth, print, wait } = start();
    await director.snapshot([web]);
    await print(procTableText(await truth()).replace('Masq    1 ', 'Masq    9 '));
    for (let poll = 0; poll < 10; poll++) {
      await wait(1_000);
      expect(await director.sample([web])).toEqual({ ok: true, value: await truth() });
    }
    expect(reads).toHaveLength(3);
    expect(stdins).toHaveLength(11);
  });

  it('asks ipvsadm where there is no file', async () => {
    const { director, stdins, reads, wait } = start();
    for (let poll = 0; poll < 10; poll++) {
      expect(await director.sample([web])).toMatchObject({ ok: true });
      await wait(1_000);
    }
    expect(stdins).toHaveLength(10);
    expect(reads).toHaveLength(3);
  });

  it('of a service that has gone is a conflict, as without the file', async () => {
    const { director, simulation, print } = start();
    await director.snapshot([web]);
    await print();
    execute(simulation, '-D -t 10.0.0.100:80');
    await print(procTableText([]));
    expect(await director.sample([web])).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', where: expect.stringContaining(web) },
    });
  });
});

describe('whether the table still is as it was listed', () => {
  const listed = async (started: ReturnType<typeof start>) => {
    const snapshot = await started.director.snapshot([web]);
    if (!snapshot.ok) throw new Error(snapshot.failure.what);
    return [...snapshot.value.samples.values()];
  };

  it('is told without a process, however many connections there are', async () => {
    const started = start();
    const samples = await listed(started);
    connect(started.simulation, 2_001);
    await started.print();
    expect(started.director.stillShows(samples)).toBe(true);
    expect(started.stdins).toHaveLength(1);
  });

  it('is no where somebody has changed a weight, even when ipvsadm was heard since', async () => {
    const started = start();
    const samples = await listed(started);
    execute(started.simulation, '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 7');
    await started.print();
    await started.director.sample([web]);
    expect(started.director.stillShows(samples)).toBe(false);
  });

  it('cannot be told without the file, nor any more where it is about another table', async () => {
    const started = start();
    const samples = await listed(started);
    expect(started.director.stillShows(samples)).toBeUndefined();
    await started.print(procTableText([]));
    const answers = [1, 2, 3].map(() => started.director.stillShows(samples));
    expect(answers).toEqual([false, false, undefined]);
  });
});
