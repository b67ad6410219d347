import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeIpvsadm, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
import { startOnTerminal, type TerminalSession } from '../support/on-terminal.ts';
import { screen } from '../support/screen.ts';

const drainJs = fileURLToPath(new URL('../../bin/drain.js', import.meta.url));
const esc = String.fromCharCode(27);
const [hideCursor, showCursor] = [`${esc}[?25l`, `${esc}[?25h`];

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100
`;

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
beforeEach(() => fake.reset(table));
afterAll(() => fake.remove());

const plan = ['plan', '--from', '10.0.0.1', '--to', '10.0.0.2'];
const kept = ['--state', 'state', '--yes'];
const waited = 'reading the table of local';

/** A director whose ipvsadm answers once it may. */
async function slowDirector(folder: string) {
  const gate = join(folder, 'go');
  const script = `until [ -e ${gate} ]; do sleep 0.02; done; exec ${fake.folder}/ipvsadm "$@"`;
  await fakeIpvsadm(folder, script);
  const env = { ...fake.env, PATH: `${folder}:${process.env.PATH}` };
  return { env, answer: () => writeFile(gate, '') };
}

/** The lines that a terminal shows after all of that. */
function leftOn(text: string): readonly string[] {
  const shown = screen();
  shown.write(text);
  return shown.lines();
}

const onTerminal = (
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): TerminalSession =>
  startOnTerminal([drainJs, ...args], {
    cwd,
    env: { CI: '', GITHUB_ACTIONS: '', LC_ALL: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '', ...env },
  });

describe('a wait on a terminal', () => {
  it('for a director is shown on one line, which is gone when it answers', () =>
    withFolder(async (folder) => {
      const { env, answer } = await slowDirector(folder);
      const session = onTerminal(plan, folder, env);
      await session.shows(new RegExp(`${esc}\\[36m⠋${esc}\\[39m ${waited}`));
      expect(session.screen()).toContain(hideCursor);
      await answer();
      const { exitCode, screen: text } = await session.ended;
      expect(exitCode).toBe(0);
      expect(text.lastIndexOf(showCursor)).toBeGreaterThan(text.lastIndexOf(waited));
      expect(leftOn(text).join('\n')).not.toContain(waited);
      expect(leftOn(text)).toContainEqual(expect.stringContaining('10.0.0.100:80'));
    }));

  it('is ASCII where the locale is, and without colour where that is asked for', () =>
    withFolder(async (folder) => {
      const { env, answer } = await slowDirector(folder);
      const session = onTerminal(plan, folder, { ...env, LC_ALL: 'C', NO_COLOR: '1' });
      await session.shows(`\\ ${waited}`);
      await answer();
      const { screen: text } = await session.ended;
      expect(text).not.toMatch(/[\u2800-\u28ff]/);
      expect(text).not.toContain(`${esc}[36m`);
    }));

  it('that is cut off by a signal leaves the line empty and the cursor there', () =>
    withFolder(async (folder) => {
      const { env, answer } = await slowDirector(folder);
      const session = onTerminal(plan, folder, env);
      await session.shows(waited);
      session.type('\u0003');
      const { exitCode, screen: text } = await session.ended;
      await answer();
      expect(exitCode).toBe(130);
      expect(text.lastIndexOf(showCursor)).toBeGreaterThan(text.lastIndexOf(waited));
      expect(leftOn(text).join('\n')).not.toContain(waited);
    }));

  it('is over before the question is asked', () =>
    withFolder(async (folder) => {
      const { env, answer } = await slowDirector(folder);
      const session = onTerminal(
        ['--from', '10.0.0.1', '--to', '10.0.0.2', '--state', 'state'],
        folder,
        env,
      );
      await session.shows(waited);
      await answer();
      await session.shows('Start? [y/N]');
      session.type('n\n');
      const { exitCode, screen: text } = await session.ended;
      expect(exitCode).toBe(2);
      expect(text.slice(text.indexOf('Start?'))).not.toContain(waited);
      expect(text).toContain('not started, nothing was changed');
    }));

  it('for a command lasts until the command says something itself', () =>
    withFolder(async (folder) => {
      const go = join(folder, 'go');
      const script = join(folder, 'upgrade');
      await writeFile(
        script,
        `#!/bin/sh\nuntil [ -e ${go} ]; do sleep 0.02; done\nprintf 'half a line'; until [ -e ${go}2 ]; do sleep 0.02; done; echo\n`,
      );
      await chmod(script, 0o755);
      const session = onTerminal(
        ['around', '10.0.0.1', '--over', '0s', '--settle', '0s', ...kept, '--', script],
        folder,
        fake.env,
      );
      await session.shows(`running ${script} for 10.0.0.1`);
      await writeFile(go, '');
      await session.shows('half a line');
      const before = session.screen();
      await writeFile(`${go}2`, '');
      const { screen: text } = await session.ended;
      expect(before.slice(before.indexOf('half a line'))).not.toContain('running');
      expect(text).toContain(showCursor);
    }));

  it('for health is shown until the server answers well', () =>
    withFolder(async (folder) => {
      let isWell = false;
      const port = await listen(
        createServer((_request, response) => response.writeHead(isWell ? 200 : 503).end()),
        '127.0.0.1',
      );
      const out = onTerminal(['out', '10.0.0.1', '--settle', '0s', ...kept], folder, fake.env);
      expect(await out.ended).toMatchObject({ exitCode: 0 });
      const session = onTerminal(
        [
          'in',
          '10.0.0.1',
          '--check',
          `http://127.0.0.1:${port}/{address}`,
          '--over',
          '0s',
          ...kept,
        ],
        folder,
        fake.env,
      );
      await session.shows(/waiting for check http:\/\/127.0.0.1:\d+\/10.0.0.1 to pass/);
      isWell = true;
      expect(await session.ended).toMatchObject({ exitCode: 0 });
    }));
});

describe('a wait that nobody is to see', () => {
  const hidden: readonly (readonly [string, readonly string[], Record<string, string>])[] = [
    ['with --output json', ['--output', 'json'], {}],
    ['with --output plain', ['--output', 'plain'], {}],
    ['in CI', [], { CI: 'true' }],
    ['in GitHub Actions', [], { GITHUB_ACTIONS: 'true' }],
    ['on a dumb terminal', [], { TERM: 'dumb' }],
  ];
  it.each(hidden)('shows nothing %s', (_name, more, settings) =>
    withFolder(async (folder) => {
      const { env, answer } = await slowDirector(folder);
      const session = onTerminal([...plan, ...more], folder, { ...env, ...settings });
      // A wait that is longer than what is not shown: by a clock, for there is nothing to see.
      await execa('sleep', ['1']);
      await answer();
      const { exitCode, screen: text } = await session.ended;
      expect(exitCode).toBe(0);
      expect(text).not.toContain(waited);
      expect(text).not.toContain(hideCursor);
    }),
  );

  it('shows nothing in a pipe', () =>
    withFolder(async (folder) => {
      const { env, answer } = await slowDirector(folder);
      const run = execa(process.execPath, [drainJs, ...plan], {
        cwd: folder,
        env: { ...env, CI: '', GITHUB_ACTIONS: '', FORCE_COLOR: '1' },
        all: true,
      });
      await execa('sleep', ['1']);
      await answer();
      const { all } = await run;
      expect(all).not.toContain(waited);
      expect(all).not.toContain(hideCursor);
    }));
});
