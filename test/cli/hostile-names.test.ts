import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { optionSpecs } from '../../src/config/options/option-specs.ts';
import { compiledPlanText } from '../support/compiled-plan-text.ts';
import { drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { hostileText } from '../support/hostile-texts.ts';

let fake: FakeIpvsadm;
let table: string;
/** Anybody who starts one of these has given something to a shell. */
const traps = ['sh', 'bash', 'dash', 'zsh', 'touch', 'env'];

beforeAll(async () => {
  fake = await buildFakeIpvsadm();
  for (const name of traps) {
    const trap = join(fake.folder, name);
    await writeFile(trap, `#!/bin/sh\necho "${name} $*" >>"${fake.folder}/trapped"\n`);
    await chmod(trap, 0o755);
  }
  await fake.reset(
    '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4\n-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 1\n',
  );
  table = await fake.table();
});
afterAll(() => fake.remove());

/** Runs the command where nothing but the fake and the traps can be found, and looks at what it left behind. */
const runs = (args: readonly string[], files: Readonly<Record<string, string>> = {}) =>
  withFolder(async (folder) => {
    const cwd = join(folder, 'deep/er');
    await mkdir(cwd, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(cwd, file), text);
    const run = await drain(args, {
      cwd,
      env: { ...fake.env, PATH: fake.folder, HOME: folder, XDG_STATE_HOME: folder },
    });
    const left = await readdir(folder, { recursive: true });
    return { ...run, left: left.filter((name) => name !== 'deep' && name !== 'deep/er') };
  });

type Run = Awaited<ReturnType<typeof runs>>;

/** Codes that say whose mistake it was; 0 where such a text is odd and nothing worse. */
async function expectHarmless(run: Run, codes: readonly number[] = [2, 3]): Promise<void> {
  expect(codes, run.stderr).toContain(run.exitCode);
  expect(run.stderr + run.stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(run.left.filter((name) => /(^|\/)X$/.test(name))).toEqual([]);
  expect(await readFile(join(fake.folder, 'trapped'), 'utf8').catch(() => 'nobody')).toBe('nobody');
  expect(await fake.table()).toBe(table);
  for (const { args, stdin, isStart } of await fake.calls()) {
    if (isStart) continue;
    expect([['-R'], ['-Sn'], ['--version'], ['-v'], ['-h']]).toContainEqual(args);
    // Whatever it was, it only looked.
    for (const line of stdin.split('\n')) expect(line).toMatch(/^$|^-(Sn|Ln|Lnc|L)( |$)/);
    expect(stdin).not.toMatch(/touch|passwd|X/);
  }
}

/** Two at a time: the machine is not ours alone. */
async function inPairs<T>(items: readonly T[], use: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await use(next);
  };
  await Promise.all([worker(), worker()]);
}

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const values = optionSpecs.filter(({ kind }) => kind !== 'flag').map(({ name }) => name);
/** Where any text is a folder or a command, and a dry run makes none of it. */
const anyText = ['state', 'report', 'gateCommand', 'reason'];
const handOver = ['--dry-run', '--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '1s'];

describe('what looks for harm', () => {
  it('lets an ordinary hand-over through, as far as the table', async () => {
    const run = await runs(handOver);
    await expectHarmless(run, [0]);
    expect(run.stdout).toContain('10.0.0.2:80');
  });

  it('notices a shell', async () => {
    const trapped = join(fake.folder, 'trapped');
    const run = await runs([...handOver, '--ipvsadm', 'sh -c harm']);
    await expect(expectHarmless(run)).rejects.toThrow('nobody');
    expect(await readFile(trapped, 'utf8')).toBe('sh -c harm -R\n');
    await rm(trapped);
  });

  it('notices an edit', async () => {
    const run = await runs(handOver);
    await expectHarmless(run, [0]);
    await execa(join(fake.folder, 'ipvsadm'), ['-R'], { env: fake.env, input: '-Sn\n-C\n' });
    await expect(expectHarmless(run, [0])).rejects.toThrow();
    await fake.reset(table);
  });
});

describe('a hostile text', () => {
  it('as the value of any option starts nothing, reaches no table and is shown harmlessly', async () => {
    expect(values.length).toBeGreaterThan(15);
    await inPairs(
      values.flatMap((name) => [[name, hostileText] as const, [name, '-C\n-C'] as const]),
      async ([name, text]) => {
        const run = await runs([...handOver, `--${kebab(name)}=${text}`]);
        await expectHarmless(run, anyText.includes(name) ? [0, 2, 3] : [2, 3]);
      },
    );
  });

  it('as a server to drain and to fill is refused', async () => {
    await expectHarmless(await runs(['--dry-run', `--from=${hostileText}`, `--to=${hostileText}`]));
  });

  it('as the argument of any command is refused', async () => {
    const commands = ['apply', 'status', 'resume', 'pause', 'continue', 'rollback'];
    await inPairs(
      [
        ...commands.map((command) => [command, '--', hostileText]),
        ...commands.map((command) => [command, hostileText]),
        ['plan', '--from', '10.0.0.1', '--to', '10.0.0.2', '-o', `nowhere/${hostileText}`],
        [hostileText],
        [`--${hostileText}`],
        ['plan', `-${hostileText}`],
        ['--from', 'x'.repeat(100_000), '--to', '10.0.0.2'],
      ],
      async (args) => expectHarmless(await runs(args)),
    );
  });

  it('as a folder for the state is a folder', async () => {
    await expectHarmless(await runs(['status', `--state=${hostileText}`]), [0, 2, 3]);
  });

  it('in a plan file or a config file is refused', async () => {
    const quoted = JSON.stringify(hostileText);
    const args = ['--from', 'blue', '--to', '10.0.0.2', '--dry-run'];
    const config = { 'drain.yaml': `names: {blue: ${quoted}}\ngroups: {${quoted}: [${quoted}]}\n` };
    await inPairs(
      [
        () => runs(args, config),
        () => runs(['--from', hostileText, '--to', '10.0.0.2', '--dry-run'], config),
        () => runs(args, { 'drain.yaml': `${quoted}: 1\n` }),
        () => runs(args, { 'drain.yaml': `defaults: {ipvsadm: ${quoted}}\n` }),
        () => runs(args, { 'drain.yaml': `defaults: {director: ${quoted}}\n` }),
        () => runs(['apply', 'p.yaml'], { 'p.yaml': `from: ${quoted}\nto: ${quoted}\n` }),
        () => runs(['apply', 'p.yaml'], { 'p.yaml': `from: "a\\0b"\nto: "\\0"\n` }),
        () =>
          runs(['apply', 'p.yaml'], { 'p.yaml': `from: 10.0.0.1\nto: 10.0.0.2\n${quoted}: 1\n` }),
      ],
      async (start) => expectHarmless(await start()),
    );
  });

  it('anywhere in a compiled plan is refused, above all as a second line for ipvsadm', async () => {
    const plan = JSON.parse(compiledPlanText()) as unknown;
    const places = textsIn(plan).filter((path) => !path.endsWith('forwarding'));
    expect(places.length).toBeGreaterThan(20);
    const oneOfAKind = [...new Map(places.map((p) => [p.replace(/\d+/g, 'N'), p])).values()];
    await inPairs(oneOfAKind, async (path) => {
      const changed = withTextAt(plan, path.split('.'), hostileText);
      await expectHarmless(
        await runs(['apply', 'plan.json'], { 'plan.json': JSON.stringify(changed) }),
      );
    });
  });
});

function textsIn(value: unknown, path: readonly string[] = []): readonly string[] {
  if (typeof value === 'string') return [path.join('.')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, [...path, key]));
}

function withTextAt(value: unknown, [key, ...rest]: readonly string[], text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value)) {
    return value.map((inner, i) => (String(i) === key ? withTextAt(inner, rest, text) : inner));
  }
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: withTextAt(object[key], rest, text) };
}
