import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { type RunningDrain, startDrain } from '../support/running-drain.ts';

const servers = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'];
const table = [
  '-A -t 10.0.0.100:80 -s wrr',
  ...servers.map((address, index) => `-a -t 10.0.0.100:80 -r ${address}:80 -m -w ${index + 1}`),
  '',
].join('\n');
const quick = ['--settle', '100ms', '--poll', '100ms', '--over', '0s'];

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

interface Place {
  readonly fake: FakeIpvsadm;
  /** Where the commands of a test write. */
  readonly log: string;
  readonly env: Readonly<Record<string, string>>;
  run(...args: readonly string[]): ReturnType<typeof drain>;
  start(...args: readonly string[]): RunningDrain;
  /** The lines of the file that the commands append to. */
  said(): Promise<readonly string[]>;
  /** What is kept of an around. */
  record(id: string): Promise<string>;
}

let tables = 0;
const withPlace = (use: (place: Place) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const fake = built.another(`around-${tables++}`);
    await fake.reset(table);
    const log = join(folder, 'log');
    await mkdir(log);
    const env = { ...fake.env, LOG: log };
    const state = ['--state', join(folder, 'state')];
    const inState = (args: readonly string[]): readonly string[] => {
      const [name = '', ...rest] = args;
      return [name, ...state, ...rest];
    };
    await use({
      fake,
      log,
      env,
      run: (...args) => drain(inState(args), { env, cwd: folder }),
      start: (...args) => startDrain(inState(args), env),
      record: (id) => readFile(join(folder, 'state/arounds', `${id}.json`), 'utf8'),
      said: async () =>
        (await readFile(join(log, 'said'), 'utf8').catch(() => ''))
          .split('\n')
          .filter((line) => line !== ''),
    });
  });

const around = (script: string, ...options: readonly string[]): readonly string[] => [
  ...['around', ...servers, ...quick, ...options],
  ...['--', '/bin/sh', '-c', script, 'sh', '{address}'],
];
const idIn = (stderr: string): string => /drain resume (\S+-around)/.exec(stderr)?.[1] ?? 'no id';
const isOut = (text: string): readonly string[] =>
  [...text.matchAll(/-r (10\.0\.0\.\d):80 -m -w 0$/gm)].map(([, address = '']) => address);
const sayServer = 'echo "$1" >>"$LOG/said"';
const typed = (run: RunningDrain, type: string) =>
  run.event((event) => (event.type as string) === type);

describe.concurrent('drain around', () => {
  it('runs the command for a whole batch at the same time, while it and nobody else is out', () =>
    withPlace(async ({ fake, log, run }) => {
      // Each waits until all of its batch are there: one after another they would wait for ever.
      const run1 = await run(
        ...around(
          `ipvsadm -Sn >"$LOG/$1.table"; touch "$LOG/$1.here"
           until [ $(ls "$LOG" | grep -c here) -ge $((2 * DRAIN_BATCH)) ]; do sleep 0.05; done`,
          ...['--batch', '50%', '--command-timeout', '20s'],
        ),
      );
      expect(run1.exitCode, run1.stderr).toBe(0);
      for (const [index, address] of servers.entries()) {
        const seen = await readFile(join(log, `${address}.table`), 'utf8');
        expect(isOut(seen)).toEqual(index < 2 ? servers.slice(0, 2) : servers.slice(2));
      }
      expect(await fake.table()).toBe(table);
      expect((await run('status')).stdout).toContain('no rollout is running or held in ');
      expect((await run('history')).stdout).toMatch(/-around {2}done {2}around 10\.0\.0\.1:80/);
    }));

  it('stops with 5 where the command fails, and goes on with that server alone', () =>
    withPlace(async ({ fake, log, run, said }) => {
      const script = `${sayServer}; printf 'on \\033[31mfire\\n'; test "$1" != 10.0.0.3 || test -e "$LOG/mended"`;
      const first = await run(...around(script, '--batch', '2'));
      expect(first.exitCode).toBe(5);
      expect(first.stderr).toContain(
        'drain: the command failed for 10.0.0.3:80: exit code 1: on \\x1b[31mfire\n',
      );
      const id = idIn(first.stderr);
      expect(first.stderr).toContain(`  go on:   drain resume ${id} --state `);
      expect(first.stderr).toMatch(
        new RegExp(
          `^  go back: drain rollback ${id} --state \\S+  # brings 10.0.0.3:80, 10.0.0.4:80 in as they are, and ends it$`,
          'm',
        ),
      );
      expect(isOut(await fake.table())).toEqual(['10.0.0.3', '10.0.0.4']);
      expect((await said()).toSorted()).toEqual(servers);
      const status = await run('status', id);
      expect(status.stdout).toContain(`${id}  held  around`);
      expect(status.stdout).toContain('out of service: 10.0.0.3:80, 10.0.0.4:80');

      const data = JSON.parse((await run('status', id, '--output', 'json')).stdout);
      expect(data).toMatchObject({
        ...{ rollout: id, kind: 'around', state: 'held' },
        batches: [
          { phase: 'done' },
          {
            phase: 'command',
            servers: [
              { server: '10.0.0.3:80', commandDone: false },
              { server: '10.0.0.4:80', commandDone: true },
            ],
          },
        ],
      });

      const again = await run('resume', id);
      expect(again.exitCode).toBe(5);
      await writeFile(join(log, 'mended'), '');
      const resumed = await run('resume', id);
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect((await said()).slice(4)).toEqual(['10.0.0.3', '10.0.0.3']);
      expect(await fake.table()).toBe(table);
      expect(await run('resume', id)).toMatchObject({ exitCode: 2 });
    }));

  it('goes back by bringing the open batch in as it is, and is over then', () =>
    withPlace(async ({ fake, run, said }) => {
      const first = await run(...around(`${sayServer}; false`));
      const id = idIn(first.stderr);
      expect(isOut(await fake.table())).toEqual(['10.0.0.1']);
      expect((await run('pause', id)).exitCode).toBe(2);
      const back = await run('rollback', id);
      expect(back.exitCode, back.stderr).toBe(0);
      expect(await fake.table()).toBe(table);
      expect(await said()).toEqual(['10.0.0.1']);
      expect((await run('resume', id)).exitCode).toBe(2);
      expect((await run('status')).stdout).toContain('no rollout is running or held in ');
    }));

  it('takes a server out again that somebody has brought in by hand before it goes on', () =>
    withPlace(async ({ fake, log, run }) => {
      const script = 'ipvsadm -Sn >"$LOG/$1.table"; test -e "$LOG/mended"';
      const first = await run(...around(script));
      expect((await run('in', '10.0.0.1', '--over', '0s')).exitCode).toBe(0);
      expect(await fake.table()).toBe(table);
      await writeFile(join(log, 'mended'), '');
      const resumed = await run('resume', idIn(first.stderr));
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect(isOut(await readFile(join(log, '10.0.0.1.table'), 'utf8'))).toEqual(['10.0.0.1']);
      expect(await fake.table()).toBe(table);
    }));

  it('has its servers to itself while their command runs, and only these', () =>
    withPlace(async ({ fake, log, run, start }) => {
      const wait = 'until [ -e "$LOG/go" ] || [ ! -d "$LOG" ]; do sleep 0.05; done';
      const first = start(...around(wait, '--output', 'json'));
      const { rollout: id } = await typed(first, 'command-started');
      const out = await fake.table();
      const handOver = ['--over', '0s', '--settle', '100ms', '--from'];
      for (const asked of [
        ['plan', ...handOver, '10.0.0.2', '--to', '10.0.0.1'],
        ['plan', ...handOver, '10.0.0.1', '--to', '10.0.0.2', '--weight', '3'],
        ['in', '10.0.0.1'],
        ['out', '10.0.0.1'],
      ]) {
        const refused = await run(...asked);
        expect(refused.exitCode, refused.stderr).toBe(6);
        expect(refused.stderr).toContain(
          `${id} has 10.0.0.1:80 out while its command runs (process`,
        );
        expect(refused.stderr).toContain(`drain status ${id}`);
      }
      expect(await fake.table()).toBe(out);
      const forced = await run('plan', ...handOver, '10.0.0.2', '--to', '10.0.0.1', '--force');
      expect(forced.exitCode, forced.stderr).toBe(0);
      expect(`${forced.stdout}${forced.stderr}`).toContain('passed over');
      expect((await run('plan', ...handOver, '10.0.0.2', '--to', '10.0.0.3')).exitCode).toBe(0);
      await writeFile(join(log, 'go'), '');
      expect(await first.ended).toMatchObject({ exitCode: 0 });
      expect(await fake.table()).toBe(table);
      expect((await run('plan', ...handOver, '10.0.0.2', '--to', '10.0.0.1')).exitCode).toBe(0);
    }));

  it('killed in the middle of a command knows where it was, and never runs two for one server', () =>
    withPlace(async ({ fake, log, start, run, said, record }) => {
      const script = `${sayServer}; until [ -e "$LOG/go-$1" ] || [ ! -d "$LOG" ]; do sleep 0.05; done`;
      await appendFile(join(log, 'go-10.0.0.1'), '');
      const first = start(...around(script, '--batch', '2', '--output', 'json'));
      const { rollout: id } = await typed(first, 'command-ended');
      await eventually(async () =>
        expect(await record(id)).toMatch(/"isCommandDone":true.*"process".*"waiting"/),
      );
      first.signal('SIGKILL');
      await first.ended;
      expect(isOut(await fake.table())).toEqual(['10.0.0.1', '10.0.0.2']);
      const status = await run('status', id);
      expect(status.stdout).toContain(`${id}  cut-off`);

      const early = await run('resume', id);
      expect(early.exitCode).toBe(6);
      expect(early.stderr).toMatch(/the command for 10\.0\.0\.2:80 still runs \(process \d+\)/);
      for (const address of servers.slice(1)) await writeFile(join(log, `go-${address}`), '');
      await eventually(async () => {
        const resumed = await run('resume', id);
        expect(resumed.exitCode, resumed.stderr).toBe(0);
      });
      expect((await said()).toSorted()).toEqual([...servers, '10.0.0.2'].toSorted());
      expect(await fake.table()).toBe(table);
    }));

  it('killed again and again, wherever that is, goes on with resume --all to the same end', () =>
    withPlace(async ({ fake, start, run, said }) => {
      const first = start(...around(sayServer, '--batch', '3', '--output', 'json'));
      await typed(first, 'batch-started');
      first.signal('SIGKILL');
      await first.ended;
      for (const type of ['quiesced', 'command-started', 'batch-done', 'batch-started']) {
        const next = start('resume', '--all', '--output', 'json');
        await typed(next, type).catch(() => {});
        next.signal('SIGKILL');
        await next.ended;
      }
      const last = await run('resume', '--all');
      expect(last.exitCode, last.stderr).toBe(0);
      expect([...new Set(await said())].toSorted()).toEqual(servers);
      expect(await fake.table()).toBe(table);
    }));

  it('lets the commands in hand end at SIGTERM, keeps the batch out, and does not run them again', () =>
    withPlace(async ({ fake, log, start, run, said }) => {
      const script = `until [ -e "$LOG/go" ] || [ ! -d "$LOG" ]; do sleep 0.05; done; ${sayServer}`;
      const first = start(...around(script, '--batch', '2', '--output', 'json'));
      await typed(first, 'command-started');
      first.signal('SIGTERM');
      await first.error('stopping when the commands in hand have ended');
      expect(await said()).toEqual([]);
      await writeFile(join(log, 'go'), '');
      const { exitCode, stderr } = await first.ended;
      expect(exitCode).toBe(143);
      expect(stderr).toContain('stopping when the commands in hand have ended');
      expect((await said()).toSorted()).toEqual(['10.0.0.1', '10.0.0.2']);
      expect(isOut(await fake.table())).toEqual(['10.0.0.1', '10.0.0.2']);
      expect((await run('resume', '--all')).exitCode).toBe(0);
      expect((await said()).toSorted()).toEqual(servers);
      expect(await fake.table()).toBe(table);
    }));

  it('ends the commands at a second signal', () =>
    withPlace(async ({ start, said }) => {
      const first = start(...around(`${sayServer}; sleep 50`, '--output', 'json'));
      await eventually(async () => expect(await said()).toEqual(['10.0.0.1']));
      first.signal('SIGINT');
      await first.error('stopping when the commands in hand have ended');
      // Closer together they count as one.
      await new Promise((resolve) => setTimeout(resolve, 700));
      first.signal('SIGINT');
      const { exitCode, stderr } = await first.ended;
      expect(exitCode).toBe(130);
      expect(stderr).toContain('the command failed for 10.0.0.1:80: killed by SIGTERM');
    }));

  it('has nothing but events on standard output with --output json, and ends with its own', () =>
    withPlace(async ({ run }) => {
      const ran = await run(
        ...around('echo "{ no event"', '--batch', '4', '--force', '--output', 'json'),
      );
      expect(ran.exitCode, ran.stderr).toBe(0);
      const events = ran.events();
      expect(events[0]).toMatchObject({ v: 1, type: 'around-planned' });
      expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done', exitCode: 0 });
      expect(events.at(-1)?.rollout).toBe(events[0]?.rollout);
      expect(ran.stderr.match(/^\[10\.0\.0\.\d:80\] \{ no event$/gm)).toHaveLength(4);
    }));

  it('does not wait for what a command leaves running', () =>
    withPlace(async ({ log, run }) => {
      const script = 'sleep 50 & echo $! >"$LOG/left"; echo "$DRAIN_SERVER up"';
      const ran = await run('around', '10.0.0.4', ...quick, '--', '/bin/sh', '-c', script);
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout).toContain('\n10.0.0.4:80 up\n');
      const left = Number(await readFile(join(log, 'left'), 'utf8'));
      expect(process.kill(left, 'SIGKILL')).toBe(true);
    }));

  it('changes nothing with --dry-run, and says what it would run', () =>
    withPlace(async ({ run, fake, said }) => {
      const ran = await run(...around(sayServer, '--batch', '3', '--dry-run'));
      expect(ran.exitCode).toBe(0);
      expect(ran.stdout).toContain(' batch 2 of 2:\n');
      expect(ran.stdout).toMatch(/ {3}10\.0\.0\.4:80: \/bin\/sh -c ".*" sh 10\.0\.0\.4\n/);
      expect(await said()).toEqual([]);
      expect(await fake.table()).toBe(table);
      expect((await run('history')).stderr).toContain('there is no state in ');
    }));

  it.each<[string, readonly string[], number, RegExp]>([
    ['no command', ['around', '10.0.0.1'], 2, /COMMAND is missing/],
    ['an empty command', ['around', '10.0.0.1', '--'], 2, /COMMAND is missing/],
    ['no server', ['around', '--', 'true'], 2, /missing required argument 'servers'/],
    [
      'a command that is not there',
      ['around', '10.0.0.1', '--', 'no-such'],
      2,
      /no executable "no-such"/,
    ],
    ['a bad batch', ['around', '10.0.0.1', '--batch', '0', '--', 'true'], 2, /--batch/],
    [
      'a bad time',
      ['around', '10.0.0.1', '--command-timeout', '0s', '--', 'true'],
      2,
      /--command-timeout/,
    ],
    ['a bad check', ['around', '10.0.0.1', '--check', 'ftp://x', '--', 'true'], 2, /--check/],
    [
      'a server in no service',
      ['around', '10.0.0.1', '10.0.0.9', '--', 'true'],
      2,
      /10\.0\.0\.9 is a real server of no/,
    ],
    ['one server twice', ['around', '10.0.0.1', '10.0.0.1:80', '--', 'true'], 2, /named twice/],
    [
      'an --on-timeout that removes',
      ['around', '10.0.0.1', '--on-timeout', 'remove', '--', 'true'],
      2,
      /removes no server/,
    ],
    [
      'a last batch that leaves a service without weight',
      ['around', '10.0.0.2', '10.0.0.3', '--', 'true'],
      3,
      /no server of it would have weight/,
    ],
    [
      '{port} of a server with two',
      ['around', '10.0.0.3', '--force', '--', 'true', '{port}'],
      2,
      /has several in the table: 80, 443/,
    ],
    [
      'a placeholder that means nothing',
      ['around', '10.0.0.1', '--', 'ssh', '{adress}'],
      2,
      /COMMAND holds \{adress\} \(did you mean address\?\)/,
    ],
    [
      'a weight that nobody knows',
      ['around', '10.0.0.4', '--', 'true'],
      2,
      /no weight from before is known/,
    ],
  ])('refuses %s before anything is touched', (_, args, exitCode, message) =>
    withPlace(async ({ fake, run }) => {
      await fake.reset(
        `${table.replace('10.0.0.4:80 -m -w 4', '10.0.0.4:80 -m -w 0')}-A -t 10.0.0.100:443 -s wrr\n-a -t 10.0.0.100:443 -r 10.0.0.3:443 -m -w 1\n`,
      );
      const before = await fake.table();
      const [name = '', ...rest] = args;
      const ran = await run(name, ...quick, ...rest);
      expect(ran.stderr).toMatch(message);
      expect(ran.exitCode, ran.stderr).toBe(exitCode);
      expect(await fake.table()).toBe(before);
    }),
  );

  it('gives the exit code of the part that fails: 4 where servers do not drain', () =>
    withFolder(async (folder) => {
      const ran = await drain(
        ['around', '10.0.0.1', '--director', 'sim', '--drain-timeout', '10s', '--', 'touch', 'X'],
        { cwd: folder },
      );
      expect(ran.exitCode).toBe(4);
      expect(ran.stderr).toContain('10.0.0.1:80 could not be taken out (exit code 4)');
      expect(await readdir(folder)).toEqual([]);
    }));

  it('gives 5 and keeps the batch out where a server does not become healthy', () =>
    withPlace(async ({ fake, run }) => {
      // Nobody listens on that port of this machine.
      await fake.reset(table.replaceAll('10.0.0.', '127.0.0.').replaceAll(/(-r \S+):80/g, '$1:9'));
      const check = ['--check', 'tcp', '--check-timeout', '1s'];
      const ran = await run('around', '127.0.0.1', ...quick, ...check, '--', 'true');
      expect(ran.exitCode, ran.stderr).toBe(5);
      expect(ran.stderr).toContain('127.0.0.1:9 could not be brought in (exit code 5)');
      expect(await fake.table()).toContain('-r 127.0.0.1:9 -m -w 0');
    }));
});
