import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DrainRun, drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';

const service = '-t 10.0.0.100:80';
const key = 'tcp/10.0.0.100:80';
const table = `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w 40
-a ${service} -r 10.0.0.3:80 -m -w 20
`;

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

interface Pair {
  /** Runs a command on both directors, which ends well. */
  run(...args: readonly string[]): Promise<DrainRun>;
  /** Goes on or back with a rollout of both. */
  lead(...args: readonly string[]): Promise<DrainRun>;
  /** The weights of both tables by the last part of the server's address; fails where they differ. */
  weights(): Promise<Readonly<Record<string, number>>>;
  tables(): Promise<readonly string[]>;
}

const withPair = (name: string, use: (pair: Pair) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const fakes = [built.another(`${name}-1`), built.another(`${name}-2`)];
    for (const fake of fakes) await fake.reset(table);
    const directors = Object.fromEntries(
      fakes.map(({ remote }, i) => [`lb${i + 1}`, { director: 'local', ipvsadm: remote }]),
    );
    await writeFile(join(folder, 'drain.yaml'), JSON.stringify({ directors }));
    const lead = async (...args: readonly string[]): Promise<DrainRun> => {
      const done = await drain([...args, '--state', 'state', '--output', 'json'], { cwd: folder });
      expect(done.exitCode, done.stderr).toBe(0);
      return done;
    };
    const tables = () => Promise.all(fakes.map((fake) => fake.table()));
    await use({
      lead,
      tables,
      run: (...args) => lead(...args, '--director', 'lb1', '--director', 'lb2'),
      async weights() {
        const [first = '', second] = await tables();
        expect(second).toBe(first);
        return Object.fromEntries(
          [...first.matchAll(/-r 10\.0\.0\.(\d+):80 .*-w (\d+)/g)].map(([, server, weight]) => [
            server,
            Number(weight),
          ]),
        );
      },
    });
  });

const pace = ['--over', '1s', '--every', '250ms', '--settle', '0s', '--no-check'];

it('a server that is added on two directors until 50 % is promoted on both, and leaves both again', () =>
  withPair('add', async ({ run, lead, weights, tables }) => {
    const added = await run('add', '10.0.0.2=40', '--service', key, '--until', '50%', ...pace);
    expect(await weights()).toEqual({ 1: 40, 2: 20, 3: 20 });
    const rollout = added.events()[0]?.rollout ?? '';
    const steps = added.events().filter(({ type }) => type === 'step-applied');
    for (const director of ['lb1', 'lb2']) {
      expect(steps.filter((step) => 'director' in step && step.director === director).length).toBe(
        steps.length / 2,
      );
    }
    await lead('promote', rollout);
    expect(await weights()).toEqual({ 1: 40, 2: 40, 3: 20 });
    await lead('rollback', rollout, '--settle', '0s');
    expect(await tables()).toEqual([table, table]);
  }));

it('a weight goes to 25 % of the way on two directors, further by resume, and back', () =>
  withPair('weight', async ({ run, lead, weights, tables }) => {
    const moved = await run('weight', '10.0.0.1=80', '--until', '25%', ...pace);
    expect(await weights()).toEqual({ 1: 50, 3: 20 });
    const rollout = moved.events()[0]?.rollout ?? '';
    await lead('resume', rollout, '--until', '50%');
    expect(await weights()).toEqual({ 1: 60, 3: 20 });
    await lead('resume', rollout);
    expect(await weights()).toEqual({ 1: 80, 3: 20 });
    await lead('rollback', rollout);
    expect(await tables()).toEqual([table, table]);
  }));

it('a move that was saved for two directors is carried out on both', () =>
  withPair('saved', async ({ run, lead, weights }) => {
    await run('plan', 'weight', '10.0.0.1=60', ...pace, '-o', 'plan.json');
    await lead('apply', 'plan.json');
    expect(await weights()).toEqual({ 1: 60, 3: 20 });
  }));
