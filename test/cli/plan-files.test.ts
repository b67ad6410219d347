import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { listen } from '../support/loopback-servers.ts';

/** Two old servers and a bystander, and nobody who uses them. */
const machine = `seed: 1
table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 10
  -a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 10
`;

async function apply(plan: string, ...args: readonly string[]) {
  return withFolder(async (folder) => {
    await writeFile(join(folder, 'machine.yaml'), machine);
    await writeFile(join(folder, 'plan.yaml'), plan);
    const on = ['--director', 'sim:machine.yaml', '--output', 'json'];
    return drain(['apply', 'plan.yaml', ...on, ...args], { cwd: folder });
  });
}

const outcomes = (run: Awaited<ReturnType<typeof apply>>) =>
  run.events().flatMap((event) => (event.type === 'finished' ? [event.message] : []));

const batches = `defaults: {over: 10s, settle: 0s}
rollouts:
  - {from: 10.0.0.1, to: 10.0.0.11}
  - {from: 10.0.0.2, to: 10.0.0.12}
  - {from: 10.0.0.11, to: 10.0.0.21}
`;

describe('a file with several rollouts', () => {
  it('carries them out one after the other, each on the table that the one before left', async () => {
    const run = await apply(batches);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(outcomes(run)).toEqual([
      '10.0.0.1:80 drained and removed; 10.0.0.11:80 has the traffic',
      '10.0.0.2:80 drained and removed; 10.0.0.12:80 has the traffic',
      '10.0.0.11:80 drained and removed; 10.0.0.21:80 has the traffic',
    ]);
    expect(new Set(run.events().map(({ rollout }) => rollout)).size).toBe(3);
  });

  it('stops at the first that does not end well, and says which and how to go on', async () => {
    const run = await apply(
      batches.replace('to: 10.0.0.12', 'to: 10.0.0.12, gateCommand: "false"'),
    );
    expect(run.exitCode).toBe(5);
    expect(outcomes(run)).toHaveLength(2);
    expect(run.stderr).toContain('gate-command false failed before step 0 of 10: exit code 1');
    expect(run.stderr).toMatch(
      /^drain: rollout 2 of 3 in plan.yaml ended with exit code 5, and the 1 after it has not begun\n {2}again: {4}drain apply \/\S+\/plan.yaml --start-at 2( .*)?\n {2}the rest: drain apply \/\S+\/plan.yaml --start-at 3( .*)?$/m,
    );
  });

  it('begins where it is told to', async () => {
    const run = await apply(batches, '--start-at', '2');
    expect(outcomes(run)[0]).toContain('10.0.0.2:80 drained');
    for (const n of ['0', '4', 'x', '-1']) {
      const refused = await apply(batches, `--start-at=${n}`);
      expect(refused).toMatchObject({ exitCode: 2 });
      expect(refused.stderr).toContain('none of the 3 rollouts');
    }
  });

  it('is refused for a mistake in the last before the first has begun', async () => {
    const run = await apply(`${batches}  - {from: 10.0.0.12, to: 10.0.0.22, over: soon}\n`);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('plan.yaml:6:44, over');
    expect(run.events().map(({ type }) => type)).toEqual(['finished']);
  });
});

describe('a plan without `to`', () => {
  it('retires the server', async () => {
    const run = await apply('{from: 10.0.0.1, over: 10s, settle: 0s}');
    expect(run.stderr).toBe('');
    expect(outcomes(run)).toEqual(['10.0.0.1:80 drained and removed']);
    expect(run.events().filter(({ type }) => type === 'removed')).toHaveLength(1);
  });

  it('is refused where a service would be left without weight, and changes nothing', async () => {
    const run = await apply('{from: [10.0.0.1, 10.0.0.2]}');
    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain('no server of it would have weight');
  });

  it('goes back like any other when a gate fails, with the server in the table', async () => {
    const run = await apply(
      '{from: 10.0.0.1, steps: [50, {percent: 100, gates: {command: "false"}}], every: 1s}',
    );
    expect(run.exitCode).toBe(5);
    expect(run.events().filter(({ type }) => type === 'removed')).toEqual([]);
    expect(run.events().at(-1)).toMatchObject({ outcome: 'rolled-back' });
  });

  it('has nobody to check', async () => {
    const run = await apply('{from: 10.0.0.1, check: tcp}');
    expect(run).toMatchObject({ exitCode: 2 });
    expect(run.stderr).toContain('check is about new servers, and there are none');
  });

  it('is on the command line a `--to` that was forgotten', async () => {
    const run = await drain(['--from', '10.0.0.1', '--director', 'sim']);
    expect(run).toMatchObject({ exitCode: 2 });
    expect(run.stderr).toContain('--to is missing');
  });
});

describe('a real gate of a simulated rollout', () => {
  const plan = '{from: 10.0.0.1, to: 10.0.0.11, over: 10s, settle: 0s}';

  it('has the time it takes: virtual time stands still', async () => {
    const server = createServer((_request, response) => {
      setTimeout(() => response.end(), 200);
    });
    const run = await apply(plan, '--gate-http', `http://127.0.0.1:${await listen(server)}/`);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    const late = run.events().flatMap((event) => ('lateMs' in event ? [event.lateMs] : []));
    expect(Math.max(...late)).toBeLessThan(100);
  });

  it('and --no-check, typed beside a check of the file, contradict each other', async () => {
    const run = await apply(plan.replace('}', ', check: tcp}'), '--no-check');
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('--check and --no-check contradict each other');
  });

  it('that hangs is given up after its own time, in real time', async () => {
    const server = createServer(() => {});
    const url = `http://127.0.0.1:${await listen(server)}/?{address}`;
    const run = await apply(
      plan.replace('}', `, check: {url: "${url}", timeout: 300ms}}`),
      '--gate-command',
      'true',
    );
    expect(run.exitCode).toBe(5);
    expect(run.stderr).toMatch(/failed before step 0 of 10: no .* within/);
  });

  it('is shown safely, whatever it says', async () => {
    const run = await withFolder(async (folder) => {
      const script = join(folder, 'gate.sh');
      await writeFile(script, '#!/bin/sh\nprintf "\\033[31mred\\007"\nexit 1\n');
      await chmod(script, 0o755);
      return apply(plan, '--gate-command', script);
    });
    expect(run.exitCode).toBe(5);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
    expect(run.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(run.stderr).toContain('\\x1b[31mred\\x07');
  });
});

describe('drain plan FILE', () => {
  async function show(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
    return withFolder(async (folder) => {
      const all = { 'machine.yaml': machine, ...files };
      for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text);
      return drain(['plan', ...args, '--director', 'sim:machine.yaml'], { cwd: folder });
    });
  }
  const one = 'from: 10.0.0.1\nto: 10.0.0.11\nover: 10s\n';

  it('shows what the same options show, and those of the command line win', async () => {
    const [file, typed] = await Promise.all([
      show({ 'plan.yaml': one }, 'plan.yaml', '--over', '20s'),
      show({}, '--from', '10.0.0.1', '--to', '10.0.0.11', '--over', '20s'),
    ]);
    expect(file).toMatchObject({ exitCode: 0, stderr: '' });
    expect(file.stdout).toMatch(/^10\.0\.0\.1:80 → 10\.0\.0\.11:80, 20 steps over 20s/);
    expect(file.stdout).toBe(typed.stdout);
  });

  it('shows each rollout of a list, and retirements', async () => {
    const list = 'rollouts:\n  - {from: 10.0.0.1, to: 10.0.0.11}\n  - {from: 10.0.0.2}\n';
    const { exitCode, stdout } = await show({ 'plan.yaml': list }, 'plan.yaml');
    expect(stdout.match(/^rollout \d of \d:\n.*/gm)).toEqual([
      'rollout 1 of 2:\n10.0.0.1:80 → 10.0.0.11:80, 20 steps over 5m, one every 15s',
      expect.stringMatching(/^rollout 2 of 2:\n.*10\.0\.0\.2:80/),
    ]);
    expect(exitCode).toBe(0);
    const saved = await show({ 'plan.yaml': list }, 'plan.yaml', '-o', 'compiled.json');
    expect(saved.stderr).toContain('a compiled plan is one rollout, and the file has several');
    expect(saved.exitCode).toBe(2);
  });

  it('warns of a gate whose script is not there, which a rollout is refused for', async () => {
    const plan = 'from: 10.0.0.1\nto: 10.0.0.11\nover: 10s\ngateCommand: ./smoke.sh\n';
    const warned = await show({ 'plan.yaml': plan }, 'plan.yaml', '--output', 'json');
    expect(warned.exitCode).toBe(0);
    expect(warned.events()).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        code: 'gate-unusable',
        message:
          'a rollout would not begin here: --gate-command cannot be run: there is no executable "./smoke.sh"; give its path; it is started by itself, not by a shell',
      }),
    );
    const refused = await apply(plan);
    expect(refused.stderr).toMatch(/^drain: --gate-command cannot be run: there is no executable/);
    expect(refused.exitCode).toBe(2);
    expect(refused.events().map(({ type }) => type)).not.toContain('step-applied');
  });

  it('says how several servers are written where one is taken for a file', async () => {
    const { exitCode, stderr } = await show({}, '--from', '10.0.0.1', '10.0.0.2');
    expect(stderr).toBe(
      'drain: 10.0.0.2 cannot be read: there is no such file\n  next:  several servers of one option have commas between them: --from A,B',
    );
    expect(exitCode).toBe(2);
  });

  it('shows a compiled plan, and refuses it where the table has gone on', async () => {
    await withFolder(async (folder) => {
      const at = (name: string, text: string) => writeFile(join(folder, name), text);
      const run = (...args: readonly string[]) => drain(['plan', ...args], { cwd: folder });
      await at('machine.yaml', machine);
      await at('plan.yaml', one);
      const made = await run('plan.yaml', '--director', 'sim:machine.yaml', '-o', 'compiled.json');
      expect(made.stderr).toMatch(/^saved; carry it out with: drain apply \S+compiled\.json\n?$/);
      const again = await run('compiled.json');
      expect(again).toMatchObject({ exitCode: 0, stderr: '' });
      // How long the drain takes is in the traffic, and not in the plan.
      expect(made.stdout.replace(/\n *Expected drain: [\s\S]*/, '')).toBe(again.stdout);
      await at('machine.yaml', machine.replace(/-w 10/g, '-w 11'));
      const stale = await run('compiled.json');
      expect(stale.stdout).toBe(again.stdout);
      expect(stale.stderr).toMatch(/is not what the plan was made from[\s\S]*10\.0\.0\.1:80/);
      expect(stale.exitCode).toBe(6);
    });
  });
});
