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
