import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf } from '../../src/reporters/text/columns.ts';
import { unbrokenWords } from '../../src/reporters/text/unbroken-words.ts';
import { drain, drainJs, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { nodeOnTerminal, startOnTerminal } from '../support/on-terminal.ts';
import { screen as screenOf } from '../support/screen.ts';
import { type Site, withSite } from '../support/site.ts';

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const tables = {
  ipvsadm: [
    '-A -t 10.0.0.100:80 -s wrr',
    ...[1, 2, 3].map((n) => `-a -t 10.0.0.100:80 -r 10.0.0.${n}:80 -m -w 10`),
    '',
  ].join('\n'),
};
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--no-ipvs-gate', '--over', '0s'];
const held = [...handOver, '--settle', '0s', '--gate-command', 'false', '--on-failure', 'hold'];
/** A log of a terminal without colours is not wrapped. */
const colours = { NO_COLOR: '', TERM: 'xterm', LC_ALL: 'C.UTF-8' };

/** What stands on the terminal at the end; ids and times, as wide as they were, are those of no run. */
function linesOf(shown: string): readonly string[] {
  const terminal = screenOf();
  terminal.write(shown);
  return terminal.lines().map((line) =>
    line
      .replace(/\d{8}-\d{9}-[0-9a-f]{4}/g, '20200101-000000000-0000')
      .replace(/^\d\d:\d\d:\d\d/, '00:00:00')
      .replace(/drain-test-\w{6}/g, 'drain-test-123456'),
  );
}

/** Claims that the terminal breaks a line only where one word of it is longer than a line. */
function expectWholeWords(lines: readonly string[], columns: number): void {
  for (const line of lines.filter((one) => columnsOf(one) > columns)) {
    const long = unbrokenWords(line).filter(({ word }) => columnsOf(word) > columns);
    expect(long, line).toHaveLength(1);
  }
}

async function linesOn(
  { folder, env }: Pick<Site, 'folder' | 'env'>,
  columns: number,
  args: readonly string[],
): Promise<readonly string[]> {
  const words = [drainJs, ...args, '--state', 'state'];
  const { screen } = await nodeOnTerminal(words, {
    ...{ cwd: folder, columns },
    env: { ...env, ...colours },
  });
  return linesOf(screen);
}

const atState = '20200101-000000000-0000 --state /tmp/drain-test-123456/state';

describe('on a terminal nothing is broken inside a word:', () => {
  it('the lines of an error hang below their words, and its command is in one piece', () =>
    withFolder(async (folder) => {
      const on = (columns: number) => linesOn({ folder, env: {} }, columns, ['status']);
      const [whole, narrow] = [await on(80), await on(40)];
      expect(whole).toEqual([
        'drain: there is no state in state: no such folder',
        '  where: --state',
        '  next:  check the name; where it is right, and nothing was ever done there:',
        '         mkdir -p -m 700 /tmp/drain-test-123456/state',
      ]);
      expect(narrow).toEqual([
        'drain: there is no state in state: no',
        '       such folder',
        '  where: --state',
        '  next:  check the name; where it is',
        '         right, and nothing was ever',
        '         done there:',
        '         mkdir -p -m 700 /tmp/drain-test-123456/state',
      ]);
    }));

  it.each([80, 40])('what is said of a held rollout, on %i columns', (columns) =>
    withSite(built, { tables }, async (site) => {
      const table = await site.table().table();
      const ways =
        columns === 80
          ? [
              '  go on:',
              `    drain resume ${atState}`,
              '  go back:',
              `    drain rollback ${atState}`,
            ]
          : [`  go on:   drain resume ${atState}`, `  go back: drain rollback ${atState}`];
      const live = await linesOn(site, columns, [...held, '--yes']);
      await site.table().reset(table);
      const log = await linesOn(site, columns, [...held, '--output', 'plain']);
      for (const lines of [live, log]) expect(lines).toEqual(expect.arrayContaining(ways));
      const sentence =
        columns === 80
          ? [
              '00:00:00 gate-command false failed before step 0 of 1: exit code 1; held before',
              '         the first step',
            ]
          : [
              '00:00:00 gate-command false failed',
              '         before step 0 of 1: exit code',
              '         1; held before the first step',
            ];
      expect(log.join('\n')).toContain(`\n${sentence.join('\n')}\n`);

      const shown = [live, log];
      for (const command of ['status', 'history', 'list', 'doctor', 'plan']) {
        const options = command === 'plan' ? held : [];
        shown.push(await linesOn(site, columns, [command, ...options]));
      }
      for (const lines of shown) expectWholeWords(lines, columns);
      const [, , status, , list] = shown;
      expect(status).toEqual(expect.arrayContaining(ways));
      expect(list?.slice(0, 3)).toEqual(
        columns === 80
          ? [
              'tcp/10.0.0.100:80 (wrr): 3 of 3 servers in service, 0 new connections/s',
              '  10.0.0.1:80  weight 10  33.3 %  0 active, 0 inactive',
              '  10.0.0.2:80  weight 10  33.3 %  0 active, 0 inactive',
            ]
          : [
              'tcp/10.0.0.100:80 (wrr): 3 of 3 servers',
              '    in service, 0 new connections/s',
              '  10.0.0.1:80  weight 10  33.3 %  0',
            ],
      );
    }),
  );

  it('a log, after the terminal has become narrower too', () =>
    withSite(built, { tables }, async ({ folder, env }) => {
      const ramp = [...handOver.slice(0, -1), '1h', '--every', '1s', '--output', 'plain'];
      const session = startOnTerminal([drainJs, ...ramp, '--state', 'state'], {
        ...{ cwd: folder, columns: 120 },
        env: { ...env, ...colours },
      });
      const step = (n: string) => new RegExp(`:80: step ${n} of 3600, .*\\r\\n`);
      await session.shows(step('1'));
      expect(session.screen()).toMatch(/step 0 of 3600, 0 % moved; weights .* 10.0.0.3:80 6\r\n/);
      await session.resize(40);
      const narrow = /\S+ tcp\/10\.0\.0\.100:80: step \d+ of\r\n {9}3600, /;
      await session.shows(narrow);
      await session.signal('SIGTERM');
      const { exitCode, screen } = await session.ended;
      expect(exitCode).toBe(143);
      const after = linesOf(screen.slice(narrow.exec(screen)?.index));
      expect(after.length).toBeGreaterThan(5);
      expectWholeWords(after, 40);
    }));

  it.each([
    ['JSON', ['list', '--output', 'json'], colours],
    ['a log without colours', [...held, '--output', 'plain'], { ...colours, NO_COLOR: '1' }],
    ['a script', ['completion', 'bash'], colours],
  ])('but %s has the lines that a pipe gets', (_, args, environment) =>
    withSite(built, { tables }, async ({ folder, env }) => {
      const words = args[0] === 'completion' ? args : [...args, '--state', 'state'];
      const run = await nodeOnTerminal([drainJs, ...words], {
        ...{ cwd: folder, columns: 40 },
        env: { ...env, ...environment },
      });
      const isLong = (line: string): boolean => columnsOf(line) > 60;
      const long = linesOf(run.screen).filter(isLong);
      expect(long.length).toBeGreaterThan(0);
      const piped = await drain(words, { cwd: folder, env });
      if (args.includes('plain'))
        expect(long.join('\n')).toContain('exit code 1; held before the first step');
      else expect(linesOf(run.screen).join('\n').trim()).toBe(piped.stdout.trim());
    }),
  );
});
