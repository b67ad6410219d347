import { describe, expect, it } from 'vitest';
import { parseGuardFile } from '../../../src/config/files/guard-file.ts';
import { configOf, createGuardLab, type GuardLab, key } from '../../support/simulated-guard.ts';
import { connect, execute, target } from '../../support/simulated-ipvs.ts';
import { realServer } from '../../support/tables.ts';

const table = [
  '-A -t 10.0.0.100:80 -s wrr -p 300',
  '-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 900 -y 800',
  '-a -t 10.0.0.100:80 -r 10.0.0.2:80 -i --tun-type gue --tun-port 6080 -w 100',
  '',
].join('\n');
const labOf = (clients: 'stay' | 'move', options: Parameters<typeof createGuardLab>[0] = {}) => {
  const lab = createGuardLab({ table, ...options });
  lab.config = configOf({ clients, rampUpMs: 0 });
  return lab;
};

/** The servers, with all that they have, in any order. */
const rows = ({ simulation }: GuardLab): readonly string[] =>
  ['-Sn', '-Ln --thresholds']
    .flatMap((words) => execute(simulation, words).split('\n'))
    .filter((line) => /10\.0\.0\.[12]:80/.test(line))
    .map((line) =>
      line
        .trim()
        .replace(/ +/g, ' ')
        .replace(/( \d+){2}$/, ''),
    )
    .sort();

const marksIn = async ({ store }: GuardLab) => {
  const listed = await store.marks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value;
};

const serverOf = ({ simulation }: GuardLab, port: number): string =>
  connect(simulation, port, target).server.key;

const ofTwo = (dead: string) => (dead === key(1) ? '1' : '2');

describe('a dead server of a service whose clients are to move', () => {
  it('loses its persistent clients, and has all that it had', async () => {
    const lab = labOf('move');
    const before = rows(lab);
    let dead = '';
    let after = '';
    let meanwhile: readonly string[] = [];
    await lab.guardUntil(120, {
      18: () => {
        dead = serverOf(lab, 1);
      },
      20: () => lab.answer(ofTwo(dead), 'bad'),
      60: () => {
        after = serverOf(lab, 2);
        meanwhile = rows(lab);
        lab.answer(ofTwo(dead), 'ok');
      },
    });
    expect(after).not.toBe(dead);
    expect(rows(lab)).toEqual(before);
    expect(meanwhile).toEqual(
      before.map((row) => (row.includes(dead) ? row.replace('-w 100', '-w 0') : row)),
    );
    expect(lab.simulation.kernel.sysctl.expireNodestConn).toBe(0);
    expect(await marksIn(lab)).toEqual([]);
    expect(lab.story().filter((line) => line.includes('clients-moved'))).toHaveLength(1);
    const calls = lab.calls.flatMap((call) => /^(?:-[da]|expire\S*)/m.exec(call) ?? []);
    expect(calls).toEqual(['expire_nodest_conn=1', '-d', '-a', 'expire_nodest_conn=0']);
  });

  it('keeps them where they are to stay', async () => {
    const lab = labOf('stay');
    let dead = '';
    let after = '';
    await lab.guardUntil(62, {
      18: () => {
        dead = serverOf(lab, 1);
      },
      20: () => lab.answer(ofTwo(dead), 'bad'),
      60: () => {
        after = serverOf(lab, 2);
      },
    });
    expect(after).toBe(dead);
    expect(lab.calls.filter((call) => /^-d /m.test(call))).toEqual([]);
  });

  it('leaves a setting that was on already', async () => {
    const lab = labOf('move', { sysctl: { expireNodestConn: 1 } });
    await lab.guardUntil(40, { 20: () => lab.answer('1', 'bad') });
    expect(lab.calls.filter((call) => call.startsWith('expire'))).toEqual([]);
    expect(lab.simulation.kernel.sysctl.expireNodestConn).toBe(1);
    expect(lab.weights()).toEqual({ [key(1)]: 0, [key(2)]: 100 });
  });

  it('is not removed where it is the last one that serves', async () => {
    const lab = labOf('move');
    await lab.guardUntil(60, { 20: () => lab.answer('1 2', 'bad') });
    expect(lab.weights()).toEqual({ [key(1)]: 100, [key(2)]: 100 });
    expect(lab.calls.filter((call) => /^-d /m.test(call))).toEqual([]);
  });
});

describe('a guard that was cut off between removal and addition', () => {
  it('adds the server again with all that it had, and puts the setting back', async () => {
    const first = labOf('move', {
      // Whatever adds a server is answered by nothing: the process was killed by then.
      faults: ({ stdin }) => {
        if (/^-a /m.test(stdin)) throw new Error('killed');
        return undefined;
      },
    });
    const before = rows(first);
    await expect(first.guardUntil(40, { 20: () => first.answer('2', 'bad') })).rejects.toThrow(
      'killed',
    );
    expect(first.weights()).toEqual({ [key(1)]: 100 });
    expect(first.simulation.kernel.sysctl.expireNodestConn).toBe(1);
    const [mark] = await marksIn(first);
    expect(mark).toMatchObject({
      server: key(2),
      weight: 100,
      row: { server: { key: key(2), weight: 0, forwarding: 'tunnel' }, expireNodestConn: 0 },
    });

    const second = labOf('move');
    second.config = configOf({ clients: 'stay', rampUpMs: 0 });
    execute(second.simulation, '-d -t 10.0.0.100:80 -r 10.0.0.2:80');
    second.simulation.kernel.sysctl = { ...second.simulation.kernel.sysctl, expireNodestConn: 1 };
    if (mark) await second.store.marks.put(mark);
    await second.guardUntil(30);
    expect(rows(second)).toEqual(before);
    expect(second.simulation.kernel.sysctl.expireNodestConn).toBe(0);
    expect(await marksIn(second)).toEqual([]);
  });

  it('has the server back in service before the next poll, for it is seen at once', async () => {
    const lab = labOf('stay');
    lab.config = { ...lab.config, pollMs: 60_000 };
    const server = realServer('10.0.0.2', 0);
    execute(lab.simulation, '-d -t 10.0.0.100:80 -r 10.0.0.2:80');
    await lab.store.marks.put({
      ...lab.mark({ server: key(2), reason: 'health', weight: 100 }),
      row: { server, expireNodestConn: 0 },
    });
    await lab.guardUntil(15);
    expect(lab.weights()).toEqual({ [key(1)]: 100, [key(2)]: 100 });
  });
});

describe('the field `clients` of a guard file', () => {
  const parse = (clients: string) =>
    parseGuardFile(
      `defaults: { clients: ${clients} }\nservices:\n  - { service: 'tcp/10.0.0.100:80', check: tcp }\n  - { service: 'udp/10.0.0.100:53', check: tcp, clients: stay }\n`,
      'guard.yaml',
    );

  it('is `stay` or `move`, for all services or one', () => {
    const read = parse('move');
    expect(read.ok && read.value.services.map((one) => one.clients)).toEqual(['move', undefined]);
  });

  it('is nothing else', () => {
    const read = parse('go');
    expect(read.ok ? '' : read.failure.what).toContain('write stay or move');
  });
});
