import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, drainJs, withFolder } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { commandsIn, textsIn } from '../support/printed-commands.ts';
import { quietDirector } from '../support/quiet-director.ts';
import { type Site, withSite } from '../support/site.ts';

/** A name that a shell takes apart, and an option that a person has to quote. */
const state = "it's my state";
const inState = "--state '";
const tables = {
  ipvsadm: [
    '-A -t 10.0.0.100:80 -s wrr',
    ...[1, 2, 3].map((n) => `-a -t 10.0.0.100:80 -r 10.0.0.${n}:80 -m -w 10`),
    '',
  ].join('\n'),
};
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--no-ipvs-gate'];
const pace = ['--over', '0s', '--every', '1s', '--settle', '100ms', '--poll', '100ms'];
const failing = ['--gate-command', 'false', '--on-failure', 'hold'];
const fromHeld = [...handOver.slice(0, 4), ...pace, ...failing];

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const withPlace = (use: (site: Site) => Promise<void>): Promise<void> =>
  withSite(built, { tables, state }, use);

/** A run of a command line that a shell has taken apart, in a folder that has nothing to do with it. */
async function paste(site: Site, command: string) {
  const elsewhere = join(site.folder, 'elsewhere');
  await mkdir(elsewhere, { recursive: true });
  const script = `drain() { printf '%s\\0' "$@"; }\n${command}`;
  const { stdout } = await execa('bash', ['-c', script], { cwd: elsewhere });
  return drain(stdout.split('\0').slice(0, -1), { cwd: elsewhere, env: site.env });
}

/** Pastes each command on its own: the state and the table are those of before each time. */
async function pasteEach(site: Site, commands: readonly string[]): Promise<void> {
  const [there, kept] = [join(site.folder, state), join(site.folder, 'kept')];
  for (const command of new Set(commands)) {
    const table = await site.table().table();
    await cp(there, kept, { recursive: true });
    const run = await paste(site, command);
    expect(run.stderr, command).not.toMatch(/there is no|unknown|is over|not running|no option/);
    // Nothing wrong with the words, the place or the permissions; a gate that fails again is fine.
    expect([0, 4, 5, 6], `${command}: ${run.stderr}`).toContain(run.exitCode);
    await rm(there, { recursive: true });
    await cp(kept, there, { recursive: true });
    await rm(kept, { recursive: true });
    await site.table().reset(table);
  }
}

const idOf = (text: string): string =>
  /\d{8}-\d{9}-[0-9a-f]{4}(?:-around|-sequence)?/.exec(text)?.[0] ?? '';

/** The commands that were printed; each that names a rollout names the state as well. */
function printed(...texts: readonly string[]): readonly string[] {
  const commands = texts.flatMap(commandsIn);
  for (const command of commands) expect(command).toContain(inState);
  return [...new Set(commands)];
}

const namesOf = (commands: readonly string[]): readonly string[] =>
  [...new Set(commands.map((command) => command.split(' ')[1] ?? ''))].sort();

describe('every command that is printed works when it is pasted elsewhere:', () => {
  it('of a rollout that is held', () =>
    withPlace(async (site) => {
      const run = await site.run(...fromHeld);
      expect(run.exitCode).toBe(5);
      const id = idOf(run.stderr);
      const others = await Promise.all([
        site.run('status'),
        site.run('status', id),
        site.run('history'),
        site.run('pause', id),
        site.run('continue', id),
        site.run('resume'),
        site.run('report', '20200101-000000000-0000'),
        site.run('status', '20200101-000000000-0000'),
      ]);
      const commands = printed(run.stderr, ...others.flatMap((one) => [one.stdout, one.stderr]));
      expect(namesOf(commands)).toEqual(['history', 'resume', 'rollback', 'status']);
      await pasteEach(site, commands);
    }));

  it('of one whose table somebody else has changed', () =>
    withPlace(async (site) => {
      const id = idOf((await site.run(...fromHeld)).stderr);
      await site.byHand('ipvsadm', ...'-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 77'.split(' '));
      const refused = await site.run('resume', id);
      expect(refused.exitCode).toBe(6);
      const commands = printed(refused.stderr);
      expect(namesOf(commands)).toEqual(['abandon', 'resume']);
      expect(commands.some((command) => command.includes('--accept'))).toBe(true);
      await pasteEach(site, commands);
    }));

  it('of one that is in the way of another', () =>
    withPlace(async (site) => {
      const ramp = ['--over', '5s', ...pace.slice(2), '--output', 'json'];
      const run = site.start(...handOver.slice(0, 4), ...ramp);
      await run.event((event) => event.type === 'step-applied' && event.step === 1);
      run.signal('SIGTERM');
      expect(await run.ended).toMatchObject({ exitCode: 143 });
      const refused = await site.run(...handOver.slice(0, 4), ...pace);
      expect(refused.exitCode).toBe(6);
      const commands = printed(refused.stderr);
      expect(namesOf(commands)).toEqual(['abandon', 'resume', 'rollback']);
      await pasteEach(site, commands);
    }));

  it('of a director that is reached in another way from now on', () =>
    withPlace(async (site) => {
      const id = idOf((await site.run(...fromHeld)).stderr);
      const other = join(site.folder, 'bin/ipvsadm');
      const resumed = await site.run('resume', id, '--ipvsadm', other);
      const commands = printed(resumed.stderr);
      expect(namesOf(commands)).toEqual(['resume', 'rollback']);
      for (const command of commands) expect(command).toContain(`--ipvsadm ${other}`);
      await pasteEach(site, commands);
    }));

  it('of one that is done, and of one that was rolled back', () =>
    withPlace(async (site) => {
      const run = await site.run(...handOver.slice(0, 4), ...pace);
      expect(run.exitCode, run.stderr).toBe(0);
      const id = idOf((await site.run('history')).stdout);
      const refused = await Promise.all(
        ['resume', 'pause', 'continue'].map((name) => site.run(name, id)),
      );
      const commands = printed(...refused.map(({ stderr }) => stderr));
      expect(namesOf(commands)).toEqual(['rollback']);
      await pasteEach(site, commands);
      const back = await site.run('rollback', id);
      expect(`${back.stdout}${back.stderr}`).toContain('rolled back');
      for (const name of ['resume', 'pause', 'continue', 'rollback']) {
        const { exitCode, stdout, stderr } = await site.run(name, id);
        expect(exitCode).toBe(2);
        expect(printed(stdout, stderr)).toEqual([]);
      }
    }));

  it('of one that runs, that is paused, and that is in the way', () =>
    withPlace(async (site) => {
      const ramp = ['--over', '1h', '--every', '1s', '--poll', '100ms'];
      const run = site.start(...handOver.slice(0, 4), ...ramp, '--output', 'json');
      const { rollout } = await run.event(({ type }) => type === 'step-applied');
      const [running, refused] = [await site.run('status'), await site.run(...fromHeld)];
      expect(refused.exitCode).toBe(6);
      const commands = printed(running.stdout, refused.stderr);
      expect(commands.every((command) => command.includes(rollout))).toBe(true);
      expect(namesOf(commands)).toEqual(['pause', 'rollback']);
      const named = (name: string, all: readonly string[]): string =>
        all.find((command) => command.startsWith(`drain ${name} `)) ?? 'none';
      expect(await paste(site, named('pause', commands))).toMatchObject({ exitCode: 0 });
      await run.event(({ type }) => type === 'paused');
      const paused = printed((await site.run('status')).stdout);
      expect(namesOf(paused)).toEqual(['continue', 'rollback']);
      expect(await paste(site, named('continue', paused))).toMatchObject({ exitCode: 0 });
      await run.event(({ type }) => type === 'continued');
      expect(await paste(site, named('rollback', printed(refused.stderr)))).toMatchObject({
        exitCode: 0,
      });
      await run.event(({ type }) => type === 'rolled-back');
      await run.ended;
    }));

  it('of a manual step, where the log names the command that goes on', () =>
    withPlace(async (site) => {
      const file = join(site.folder, 'manual.yaml');
      const from = 'from: 10.0.0.1\nto: 10.0.0.2\nevery: 1s\npoll: 100ms\nsettle: 100ms\n';
      await writeFile(file, `${from}steps: [{percent: 50, manual: true}, 100]\n`);
      const log = join(site.folder, 'log');
      const run = execa(
        process.execPath,
        [drainJs, 'apply', file, '--state', state, '--output', 'plain'],
        { cwd: site.folder, env: site.env, stdin: 'ignore', stdout: { file: log }, reject: false },
      );
      const commands = await until(async () => {
        const found = commandsIn(await readFile(log, 'utf8').catch(() => ''));
        return found.length > 0 && found;
      });
      expect(namesOf(printed(...commands))).toEqual(['continue']);
      expect(await paste(site, commands[0] ?? '')).toMatchObject({ exitCode: 0 });
      expect(await run).toMatchObject({ exitCode: 0 });
    }));

  it('of a list of rollouts that has stopped, with the options beside it', () =>
    withPlace(async (site) => {
      const file = join(site.folder, 'my list.yaml');
      const one = 'from: 10.0.0.1, to: 10.0.0.2, every: 1s, over: 0s, settle: 100ms, poll: 100ms';
      const other = one.replace('10.0.0.2', '10.0.0.3').replace('10.0.0.1', '10.0.0.2');
      await writeFile(file, `rollouts:\n  - {${one}}\n  - {${other}}\n`);
      const run = await site.run('apply', 'my list.yaml', ...failing);
      expect(run.exitCode).toBe(5);
      const commands = printed(run.stderr);
      expect(namesOf(commands)).toEqual(['apply', 'resume', 'rollback']);
      const rest = commands.find((command) => command.includes(' apply '));
      expect(rest).toContain(`apply '${file}' --start-at 2 --on-failure hold`);
      expect(rest).toContain('--gate-command false');
      await pasteEach(site, commands);
    }));

  it('of a compiled plan', () =>
    withPlace(async (site) => {
      await mkdir(join(site.folder, state));
      const run = await site.run('plan', ...handOver.slice(0, 4), ...pace, '-o', 'my plan.json');
      const commands = printed(run.stderr);
      expect(namesOf(commands)).toEqual(['apply']);
      await pasteEach(site, commands);
    }));

  it('of an around that is held', () =>
    withPlace(async (site) => {
      const words = ['--over', '0s', '--out-over', '0s', '--settle', '100ms', '--poll', '100ms'];
      const run = await site.run('around', '10.0.0.3', ...words, '--', 'false');
      expect(run.exitCode).not.toBe(0);
      const id = idOf(run.stderr);
      expect(id).toContain('-around');
      const others = [await site.run('status'), await site.run('pause', id)];
      const commands = printed(run.stderr, ...others.flatMap((one) => [one.stdout, one.stderr]));
      expect(namesOf(commands)).toEqual(['resume', 'rollback']);
      const [there] = commands.filter((command) => command.includes('rollback'));
      expect(await paste(site, there ?? '')).toMatchObject({ exitCode: 0 });
    }));

  it('in a job of GitHub and in a notice, also of a state that a ./drain.yaml names', () =>
    withPlace(async (site) => {
      const notice = join(site.folder, 'notice');
      await writeFile(
        join(site.folder, 'notify.sh'),
        `#!/bin/sh\ncat >>'${notice}'\necho >>'${notice}'\n`,
      );
      await writeFile(
        join(site.folder, 'drain.yaml'),
        `defaults: {state: "${state}"}\nnotify: [{command: sh ${join(site.folder, 'notify.sh')}}]\n`,
      );
      const summary = join(site.folder, 'summary');
      const run = await drain(fromHeld, {
        cwd: site.folder,
        env: { ...site.env, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
      });
      expect(run.exitCode).toBe(5);
      const notices = (await readFile(notice, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .flatMap((line) => textsIn(JSON.parse(line)));
      const annotation = decodeURIComponent(run.stdout);
      const texts = [await readFile(summary, 'utf8'), annotation, run.stderr, ...notices];
      for (const text of [texts[0] ?? '', texts[1] ?? '', notices.join('\n')]) {
        expect(namesOf(printed(text))).toEqual(['resume', 'rollback']);
      }
      const commands = printed(...texts);
      for (const command of commands) {
        expect(command).toContain(`--config ${join(site.folder, 'drain.yaml')}`);
      }
      await pasteEach(site, commands);
    }));

  it('on the page, in the state that is served', () =>
    withPlace(async (site) => {
      const run = await site.run(...fromHeld);
      expect(run.exitCode).toBe(5);
      const serving = site.start('serve', '--listen', '127.0.0.1:0', '--output', 'json');
      const listening = await serving.event((event) => (event.type as string) === 'listening');
      const url = (listening as unknown as { readonly url: string }).url;
      const answer: unknown = await (await fetch(`${url}/state`)).json();
      const commands = printed(...textsIn(answer));
      expect(namesOf(commands)).toEqual(['resume', 'rollback']);
      serving.signal('SIGTERM');
      await serving.ended;
      await pasteEach(site, commands);
    }));
});

describe('a rollout of which nothing stays', () => {
  it.each([
    ['a demo', ['demo']],
    [
      'a simulation that is done',
      ['--director', quietDirector, ...handOver.slice(0, 4), '--over', '0s'],
    ],
    ['a simulation that is held', ['--director', quietDirector, ...fromHeld]],
    ['a dry run', ['--director', quietDirector, ...handOver.slice(0, 4), '--dry-run']],
  ])('names no command: %s', (_, args) =>
    withFolder(async (cwd) => {
      const summary = join(cwd, 'summary');
      const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
      const run = await drain(args, { cwd, env });
      const said = [run.stdout, run.stderr, await readFile(summary, 'utf8').catch(() => '')];
      expect(said.flatMap(commandsIn)).toEqual([]);
      expect(said.join('\n')).not.toMatch(/^ +go (on|back):/m);
    }),
  );
});
