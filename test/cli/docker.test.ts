import { writeFile } from 'node:fs/promises';
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

it('around a container names it to the command', () =>
  withEngine(async (_, run) => {
    const around = ['around', 'docker://web-1', '--director', 'sim', '--yes', '--over', '0s'];
    const { exitCode, stdout, stderr } = await run(...around, '--', 'echo', 'restart {container}');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^restart web-1$/m);
  }));

it('a container that does not run is refused before anything is touched', () =>
  withEngine(async (_, run) => {
    const hand = ['--director', 'sim', '--from', '10.0.0.1', '--to', 'docker://old'];
    const { exitCode, stderr } = await run(...hand);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('container old does not run (exited)');
    expect(stderr).toContain('docker start old');
  }));
