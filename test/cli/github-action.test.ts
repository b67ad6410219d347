import { chmod, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import {
  type ActionRunner,
  cloneAction,
  openRunner,
  type RunningAction,
} from '../support/github/run-action.ts';
import { readCommands } from '../support/github/runner-reads.ts';
import { hostileText } from '../support/hostile-texts.ts';

const onSim = { from: '10.0.0.1', to: '10.0.0.2', director: 'sim:site.yaml' };
const site = `table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 3
  -a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 1
warmUp: 10s
traffic:
  - { service: tcp/10.0.0.100:80, perSecond: 40, arrivals: even, life: 2s }
`;

const service = '-t 10.0.0.100:80';
const table = `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w 4
-a ${service} -r 10.0.0.3:80 -m -w 2
`;
const replaced = `-A ${service} -s wrr
-a ${service} -r 10.0.0.2:80 -m -w 4
-a ${service} -r 10.0.0.3:80 -m -w 2
`;

let folder: string;
let clone: string;
let built: FakeIpvsadm;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-action-'));
  [clone, built] = await Promise.all([cloneAction(folder, ['dist']), buildFakeIpvsadm()]);
});
afterAll(() => Promise.all([rm(folder, { recursive: true, force: true }), built.remove()]));

const withoutChance = (text: string): string =>
  text
    .replace(/\b\d{8}-\d{9}-[0-9a-f]{4}\b/g, 'ROLLOUT')
    .replaceAll(` on ${hostname()} `, ' on HOST ');

/** A runner with a simulated director in its workspace. */
async function openSimulation(): Promise<ActionRunner> {
  const runner = await openRunner(folder, clone);
  await writeFile(join(runner.workspace, 'site.yaml'), site);
  return runner;
}

describe.concurrent('the action in a clean folder', () => {
  it('hands over, and gives outputs, a summary, groups and no annotation but the notice', async ({
    expect,
  }) => {
    const runner = await openSimulation();
    const end = await runner.run({ with: { ...onSim, over: '20s', every: '5s' } });
    expect(end.exitCode).toBe(0);
    const { rollout, ...outputs } = end.outputs;
    expect(rollout).toMatch(/^\d{8}-\d{9}-[0-9a-f]{4}$/);
    expect(outputs).toEqual({
      outcome: 'done',
      'exit-code': '0',
      seconds: expect.stringMatching(/^[2-4]\d\.\d$/),
    });
    const commands = readCommands(end.log).filter(({ command }) => command !== 'endgroup');
    expect(commands.map(({ command, message }) => [command, message])).toEqual([
      ['group', 'Plan'],
      ['group', 'Ramp'],
      ['group', 'Drain'],
      ['notice', '10.0.0.1:80 drained and removed; 10.0.0.2:80 has the traffic'],
    ]);
    await expect(withoutChance(end.summary)).toMatchFileSnapshot('../golden/github-summary.md');
    expect(await readdir(runner.workspace)).toEqual(['site.yaml']);
  });

  it('plans for a pull request, with the plan as the summary', async ({ expect }) => {
    const runner = await openSimulation();
    await writeFile(
      join(runner.workspace, 'plan.yaml'),
      'from: 10.0.0.1\nto: 10.0.0.2\nover: 20s\n',
    );
    const given = { command: 'plan', plan: 'plan.yaml', director: onSim.director };
    const end = await runner.run({ with: given });
    expect(end.exitCode).toBe(0);
    expect(end.summary).toMatch(
      /^## drain plan: 10\.0\.0\.1\\:80 → 10\.0\.0\.2\\:80\n\nNothing was changed\.\n\n```text\n10\.0\.0\.1:80 → 10\.0\.0\.2:80, 20 steps over 20s/,
    );
    expect(end.summary).toMatch(/\n```\n\n$/);
  });

  it('goes around servers, and shows states and reports', async ({ expect }) => {
    const runner = await openSimulation();
    const place = { director: onSim.director, state: join(runner.workspace, 'state') };
    const around = await runner.run({
      with: { ...place, command: 'around', servers: '10.0.0.1', run: 'echo at {address}' },
    });
    expect(around.exitCode).toBe(0);
    expect(around.log).toContain('\nat 10.0.0.1\n');
    const { rollout = '' } = around.outputs;
    const status = await runner.run({ with: { command: 'status', rollout, state: place.state } });
    expect(status.log).toContain(`${rollout}  done`);
    const with_ = { command: 'report', rollout, state: place.state, save: 'page.html' };
    expect((await runner.run({ with: with_ })).exitCode).toBe(0);
    expect(await readFile(join(runner.workspace, 'page.html'), 'utf8')).toMatch(
      /^<!doctype html>/i,
    );
  });

  it('marks the line of a bad plan file, by its path in the repository', async () => {
    const runner = await openSimulation();
    await mkdir(join(runner.workspace, 'deploy'));
    const plan = join(runner.workspace, 'deploy', 'plan.yaml');
    await writeFile(plan, 'from: 10.0.0.1\nto: 10.0.0.2\nover: soon\n');
    const end = await runner.run({ with: { command: 'apply', plan, director: onSim.director } });
    expect(end.exitCode).toBe(2);
    expect(end.outputs).toEqual({ outcome: 'refused', 'exit-code': '2' });
    const [error] = readCommands(end.log);
    expect(error).toMatchObject({
      command: 'error',
      properties: { file: 'deploy/plan.yaml', line: '3', col: '7' },
    });
    expect(end.summary).toContain('No rollout was begun');
  });

  it('runs nothing that an input says, and lets none of it be a command', async () => {
    const runner = await openSimulation();
    const hostile = `${hostileText}\n::error::x\n##[add-mask]y\n"; touch X; "\${{ github.token }}`;
    for (const given of [
      { from: hostile, to: hostile, director: onSim.director },
      { command: 'apply', plan: hostile },
    ]) {
      const end = await runner.run({ with: given });
      expect(end.exitCode).toBe(2);
      expect(readCommands(end.log).map(({ command }) => command)).toEqual(['error']);
      expect(end.summary).not.toMatch(/^::|##\[/m);
    }
    expect(await readdir(runner.workspace)).toEqual(['site.yaml']);
  });

  it('keeps stdout for events with output: json, and lets no command out of what a gate says', async () => {
    const runner = await openSimulation();
    const gate = join(runner.workspace, 'gate');
    const said = '##[set-output name=rollout;]y';
    await writeFile(gate, `#!/bin/sh\necho "::add-mask::x"; echo "${said}"; exit 1\n`);
    await chmod(gate, 0o755);
    const end = await runner.run({ with: { ...onSim, 'gate-command': gate, output: 'json' } });
    expect(end.exitCode).toBe(5);
    expect(end.outputs).toMatchObject({ outcome: 'rolled-back', 'exit-code': '5' });
    const lines = end.log.split('\n').filter((line) => line !== '');
    const events = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    const failed = events.find(({ type }) => type === 'gate-failed');
    expect(failed.detail).toContain(said);
    // On stderr, and neither from the gate nor a group.
    expect(readCommands(end.log).map(({ command }) => command)).toEqual(['error']);
  });
});

describe.concurrent('a job that is cancelled', () => {
  const quick = { from: '10.0.0.1', to: '10.0.0.2', over: '4s', every: '1s', settle: '500ms' };

  let tables = 0;
  async function startJob(): Promise<{
    readonly runner: ActionRunner;
    readonly fake: FakeIpvsadm;
    readonly state: string;
    readonly job: RunningAction;
  }> {
    const runner = await openRunner(folder, clone);
    const fake = built.another(`job-${tables++}`);
    await fake.reset(table);
    const state = join(runner.workspace, 'state');
    const job = runner.start({ with: { ...quick, state }, env: fake.env });
    await until(() => job.log().includes('step 1 of 4'));
    return { runner, fake, state, job };
  }
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** SIGINT, 7.5 s later SIGTERM, 2.5 s later SIGKILL; no later than the process is gone. */
  async function cancel(job: RunningAction, afterMs: readonly [number, number]) {
    let isGone = false;
    const end = job.ended.finally(() => {
      isGone = true;
    });
    job.signal('SIGINT');
    for (const [signal, ms] of [
      ['SIGTERM', afterMs[0]],
      ['SIGKILL', afterMs[1]],
    ] as const) {
      await Promise.race([end, pause(ms)]);
      if (!isGone) job.signal(signal);
    }
    return end;
  }

  it('holds in time, and the next job resumes by the id that it was given', async () => {
    const { runner, fake, state, job } = await startJob();
    const end = await cancel(job, [7_500, 2_500]);
    expect(end.exitCode).toBe(130);
    const { rollout = '', ...outputs } = end.outputs;
    expect(outputs).toMatchObject({ outcome: 'held', 'exit-code': '130' });
    expect(end.summary).toContain(
      `drain resume ${rollout} --state ${state}\ndrain rollback ${rollout} --state ${state}\n`,
    );
    const next = await runner.run({ with: { command: 'resume', rollout, state }, env: fake.env });
    expect(next.outputs).toMatchObject({ rollout, outcome: 'done', 'exit-code': '0' });
    expect(await fake.table()).toBe(replaced);
  });

  it('and killed, for it hung, has given its id all the same, and the next one rolls back', async () => {
    const { runner, fake, state, job } = await startJob();
    job.signal('SIGSTOP');
    const end = await cancel(job, [300, 300]);
    expect(end.exitCode).toBe(undefined);
    const { rollout = '', ...outputs } = end.outputs;
    expect(outputs).toEqual({});
    const next = await runner.run({ with: { command: 'rollback', rollout, state }, env: fake.env });
    expect(next.outputs).toMatchObject({ rollout, outcome: 'rolled-back', 'exit-code': '0' });
    expect(await fake.table()).toBe(table);
  });
});

describe.concurrent('deploy.sh of the examples', () => {
  const script = fileURLToPath(new URL('../../.github/examples/deploy.sh', import.meta.url));
  const drainJs = fileURLToPath(new URL('../../bin/drain.js', import.meta.url));
  const deploy = async (...args: readonly string[]) => {
    const bin = await mkdtemp(join(folder, 'bin-'));
    await writeFile(
      join(bin, 'drain'),
      `#!/bin/sh\nexec "${process.execPath}" "${drainJs}" "$@"\n`,
    );
    await chmod(join(bin, 'drain'), 0o755);
    await writeFile(join(bin, 'site.yaml'), site);
    return execa(script, args, {
      reject: false,
      cwd: bin,
      env: { PATH: `${bin}:${process.env.PATH}`, GITHUB_ACTIONS: undefined },
    });
  };
  const sim = ['--director', onSim.director];

  it('has a line a step, and says that it is done', async ({ expect }) => {
    const end = await deploy('10.0.0.1', '10.0.0.2', '--over', '4s', '--every', '1s', ...sim);
    expect(end.stdout).toBe(
      [0, 1, 2, 3, 4]
        .map((step) => `tcp/10.0.0.100:80: step ${step} of 4\n`)
        .concat('done: 10.0.0.1:80 drained and removed; 10.0.0.2:80 has the traffic')
        .join(''),
    );
    expect(end.exitCode).toBe(0);
  });

  it('hands the exit code on, and says what it means', async ({ expect }) => {
    const failing = ['--gate-command', 'false', '--over', '4s'];
    const end = await deploy('10.0.0.1', '10.0.0.2', ...failing, ...sim);
    expect(end.exitCode).toBe(5);
    expect(end.stdout).toMatch(/^the new servers are bad: gate-command false failed before step 0/);
  });
});

describe('the build of the action', () => {
  const packModule = fileURLToPath(new URL('../../build/pack.js', import.meta.url));
  const npm = `#!/bin/sh
echo "npm $*" >> "$CALLS"
env | grep '^DRAIN_' >> "$CALLS"
[ "$1" = run ] || exit 0
mkdir -p dist && cp "$MAIN" dist/drain.chunks
`;

  it('is made once for its sources, by npm without the secrets of the step, and kept', async () => {
    const own = await mkdtemp(join(folder, 'build-'));
    const calls = join(own, 'calls');
    const main = join(own, 'drain.chunks');
    const text = "[() => console.log('built', process.argv.slice(2).join(' '))]\n";
    const { writePack } = await import(packModule);
    writePack(main, [{ names: ['main.js'], text }]);
    await writeFile(join(own, 'npm'), npm);
    await chmod(join(own, 'npm'), 0o755);
    const env = {
      ...{ PATH: `${own}:${process.env.PATH}`, CALLS: calls, MAIN: main },
      DRAIN_GATE_AUTHORIZATION: 'secret',
    };
    const runOnce = async (from: string) => {
      const runner = await openRunner(own, await cloneAction(from, []));
      return runner.run({ with: { from: 'x' }, env });
    };
    const first = await runOnce(join(own, 'a'));
    expect(first.log).toContain('built --from=x\n');
    const npmCalls = 'npm ci --ignore-scripts --no-audit --no-fund --include=dev\nnpm run build\n';
    expect(await readFile(calls, 'utf8')).toBe(npmCalls);
    // Cloned anew, as for every job.
    const second = await runOnce(join(own, 'b'));
    expect(second.log).toContain('built before, from these sources\nbuilt --from=x\n');
    // There already.
    const runner = await openRunner(own, join(own, 'b', '_actions', 'owner', 'drain', 'v1'));
    expect((await runner.run({ with: { from: 'x' }, env })).log).toBe('built --from=x\n');
    expect(await readFile(calls, 'utf8')).toBe(npmCalls);
  });

  it('of a release is in its tag: nothing is built, whatever the times of its files', async () => {
    const own = await mkdtemp(join(folder, 'release-'));
    const released = await cloneAction(own, ['dist']);
    const release = join(released, '.github/action/release.js');
    await execa(process.execPath, [release]);
    await utimes(join(released, 'dist/drain.chunks'), new Date(0), new Date(0));
    await writeFile(join(own, 'npm'), npm);
    await chmod(join(own, 'npm'), 0o755);
    const calls = join(own, 'calls');
    const runner = await openRunner(own, released);
    const env = { PATH: `${own}:${process.env.PATH}`, CALLS: calls };
    const end = await runner.run({ with: { ...onSim, director: 'sim', 'dry-run': 'true' }, env });
    expect(end.log).toContain('dry run: nothing was changed');
    await expect(readFile(calls)).rejects.toThrow('ENOENT');
  });
});
