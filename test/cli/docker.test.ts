import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { standInEngine } from '../support/docker/stand-in-engine.ts';
import { drain, withFolder } from '../support/drain-command.ts';

const containers = [
  { name: 'web-1', networks: { bridge: '10.0.0.1' } },
  { name: 'web-2', networks: { bridge: '10.0.0.2' } },
  { name: 'old', status: 'exited' },
] as const;

/** A folder with a stand-in engine, and drain in it. */
const withEngine = (
  test: (
    folder: string,
    run: (...args: readonly string[]) => ReturnType<typeof drain>,
  ) => Promise<void>,
) =>
  withFolder(async (folder) => {
    const engine = await standInEngine(folder, containers);
    const env = { DOCKER_HOST: `unix://${engine.socket}` };
    await test(folder, (...args) => drain(args, { cwd: folder, env }));
    await engine.close();
  });

it('a hand-over from one container to another, by a plan file and a group of the config, journals addresses', () =>
  withEngine(async (folder, run) => {
    await writeFile(join(folder, 'drain.yaml'), 'groups:\n  blue: [docker://web-1]\n');
    const plan = 'director: sim\nstate: state\nfrom: blue\nto: docker://web-2\nover: 10s\n';
    await writeFile(join(folder, 'plan.yaml'), plan);
    const { exitCode, events, stderr } = await run('apply', 'plan.yaml', '--output', 'json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    // The port is that of the service.
    expect(events()[0]).toMatchObject({ from: ['10.0.0.1:80'], to: ['10.0.0.2:80'] });
    expect(events().at(-1)).toMatchObject({ outcome: 'done' });
  }));

it('whoever wrote a name reads it again, in plan, log, status, history and report, beside the address', () =>
  withEngine(async (folder, run) => {
    await writeFile(join(folder, 'drain.yaml'), 'names: { spare: docker://web-2 }\n');
    const hand = ['--director', 'sim', '--from', 'docker://web-1', '--to', 'spare'];
    const both = 'web-1 (10.0.0.1:80) → spare (10.0.0.2:80)';
    const planned = await run('plan', ...hand);
    expect(planned.stdout).toContain(both);
    expect(planned.stdout).toMatch(/^ +step +time +moved +web-1 +spare /m);

    const done = await run(...hand, '--over', '2s', '--state', 'st', '--report', 'out.html');
    expect(done.stderr).toBe('');
    expect(done.stdout).toContain(`plan: ${both} in tcp/10.0.0.100:80`);
    expect(done.stdout).toMatch(/moved; weights web-1 \d+, spare \d+, 10\.0\.0\.3:80 \d+$/m);
    expect(done.stdout).toContain('web-1 (10.0.0.1:80) is empty');
    expect(done.stdout).toContain('spare (10.0.0.2:80) has the traffic');
    const history = await run('history', '--state', 'st');
    expect(history.stdout).toContain(`done  ${both}`);
    expect(history.stdout).toContain('\n  web-1 (10.0.0.1:80) drained and removed;');
    const [listed] = JSON.parse(
      `[${(await run('history', '--state', 'st', '--output', 'json')).stdout.trim().replaceAll('\n', ',')}]`,
    );
    expect(listed).toMatchObject({
      from: ['10.0.0.1:80'],
      names: { '10.0.0.1:80': 'web-1', '10.0.0.2:80': 'spare' },
    });
    const page = await readFile(join(folder, 'out.html'), 'utf8');
    expect(page).toContain(`<h1>${both}</h1>`);
    expect(page).toContain('web-1 (10.0.0.1:80), old: ');
  }));

it('a refusal names the container, and what is to be pasted has its address', () =>
  withEngine(async (_, run) => {
    const { exitCode, stderr } = await run('out', 'docker://web-2', '--director', 'sim', '--yes');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('web-2 (10.0.0.2)');
  }));

it('around a container names it to the command', () =>
  withEngine(async (_, run) => {
    const around = ['around', 'docker://web-1', '--director', 'sim', '--yes', '--over', '0s'];
    const { exitCode, stdout, stderr } = await run(...around, '--', 'echo', 'restart {container}');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^restart web-1$/m);
    expect(stdout).toContain('batch 1 of 1 is back: web-1 (10.0.0.1:80)');
    expect(stdout).toContain('plan: take out web-1 (10.0.0.1:80) in tcp/10.0.0.100:80');
  }));

it('a container that does not run is refused before anything is touched', () =>
  withEngine(async (_, run) => {
    const hand = ['--director', 'sim', '--from', '10.0.0.1', '--to', 'docker://old'];
    const { exitCode, stderr } = await run(...hand);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('container old does not run (exited)');
    expect(stderr).toContain('docker start old');
  }));
