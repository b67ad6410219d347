import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
import { runGuard } from '../support/running-guard.ts';

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

const guardFile = (more = '') => `
defaults: { interval: 50ms, fall: 2 }
services:
  - { service: 'tcp/10.0.0.100:80', check: 'http://{address}:{port}/' }
${more}`;

/** Servers in the table, each answering with this status. */
async function serversWith(
  statuses: readonly number[],
  directors: readonly FakeIpvsadm[] = [fake],
) {
  const asked = statuses.map(() => 0);
  const ports = await Promise.all(
    statuses.map((status, n) =>
      listen(
        createServer((_, response) => {
          asked[n] = (asked[n] ?? 0) + 1;
          response.statusCode = status;
          response.end();
        }),
      ),
    ),
  );
  const lines = ports.map((port) => `-a -t 10.0.0.100:80 -r 127.0.0.1:${port} -m -w 40`);
  for (const director of directors) {
    await director.reset(['-A -t 10.0.0.100:80 -s wrr', ...lines, ''].join('\n'));
  }
  return { asked, names: ports.map((port) => `127.0.0.1:${port}`) };
}

const once = (folder: string, ...args: readonly string[]) =>
  drain(['guard', 'guard.yaml', '--once', '--state', 'state', ...args], {
    cwd: folder,
    env: fake.env,
  });

const eventsOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The event of one server, wherever the table lists it. */
const of = (stdout: string, name: string | undefined) =>
  eventsOf(stdout).find(({ server }) => server === name);

describe('drain guard --once', () => {
  it('says that all is well with exit code 0, and asks each server once', () =>
    withFolder(async (folder) => {
      const { asked, names } = await serversWith([200, 204]);
      await writeFile(join(folder, 'guard.yaml'), guardFile());
      const { exitCode, stdout, stderr } = await once(folder);
      expect({ exitCode, stderr, asked }).toEqual({ exitCode: 0, stderr: '', asked: [1, 1] });
      expect(stdout).toContain(`tcp/10.0.0.100:80: ${names[0]} is up (weight 40, `);
      expect(stdout).toContain('2 servers asked: all that should serve do');
    }));

  it('ends with 5 where a server is down, names it, and changes neither table nor state', () =>
    withFolder(async (folder) => {
      const { asked, names } = await serversWith([200, 503]);
      await writeFile(join(folder, 'guard.yaml'), guardFile());
      const table = await fake.table();
      const { exitCode, stdout, stderr } = await once(folder, '--output', 'json');
      expect(exitCode).toBe(5);
      expect(asked).toEqual([1, 2]);
      expect(eventsOf(stdout)).toHaveLength(3);
      expect(of(stdout, names[0])).toMatchObject({
        ...{ v: 1, director: 'local', type: 'server-checked', service: 'tcp/10.0.0.100:80' },
        ...{ passed: true, tries: 1, weight: 40, answerMs: expect.any(Number) },
      });
      expect(of(stdout, names[1])).toMatchObject({ passed: false, tries: 2, weight: 40 });
      expect(eventsOf(stdout).at(-1)).toMatchObject({
        ...{ type: 'guard-checked', servers: 2 },
        down: [{ service: 'tcp/10.0.0.100:80', server: names[1] }],
      });
      expect(stderr).toContain(`a server is down: ${names[1]} of tcp/10.0.0.100:80`);
      expect(stderr).toMatch(/next: {2}see its last answer above; .*drain out 127\.0\.0\.1:\d+/);
      expect(await fake.table()).toBe(table);
      expect((await execa('ls', ['-A', folder])).stdout.split('\n')).toEqual(['guard.yaml']);
    }));

  it('expects nothing of a server that is out, by an operator or a file, or that a person has at 0', () =>
    withFolder(async (folder) => {
      const { names } = await serversWith([503, 503, 503, 200]);
      const [first = '', second = '', third = ''] = names;
      await execa('mkdir', [join(folder, 'out.d')]);
      await writeFile(join(folder, 'out.d', second), '');
      await writeFile(join(folder, 'guard.yaml'), guardFile('maintenance: out.d\n'));
      const options = { cwd: folder, env: fake.env };
      await execa('ipvsadm', `-e -t 10.0.0.100:80 -r ${third} -m -w 0`.split(' '), options);
      const out = await drain(['out', first, '--state', 'state', '--over', '0s'], options);
      expect(out.stderr).toBe('');
      const { exitCode, stdout } = await once(folder, '--output', 'json');
      expect(exitCode).toBe(0);
      expect(eventsOf(stdout).at(-1)).toMatchObject({ servers: 4, down: [] });
      expect(of(stdout, first)).toMatchObject({ passed: false, out: 'operator' });
      expect(of(stdout, second)).toMatchObject({ passed: false, out: 'maintenance' });
      expect(of(stdout, third)).toMatchObject({ passed: false, out: 'weight-0' });
      expect(of(stdout, names[3])).toMatchObject({ passed: true, weight: 40 });
    }));

  it('does not know a service that is in no table, with exit code 2, and asks those that are', () =>
    withFolder(async (folder) => {
      await serversWith([200]);
      await writeFile(
        join(folder, 'guard.yaml'),
        guardFile("  - { service: 'tcp/10.0.0.100:81', check: tcp }\n"),
      );
      const { exitCode, stdout, stderr } = await once(folder);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('there is no virtual service tcp/10.0.0.100:81 in the table');
      expect(stdout).toContain('is up');
    }));

  it('asks servers of two directors once, and one that is away keeps no server of the other unasked', () =>
    withFolder(async (folder) => {
      const fakes = [fake.another('lb1'), fake.another('lb2')] as const;
      const { asked } = await serversWith([200, 200], fakes);
      const directors = Object.fromEntries(
        fakes.map(({ remote }, i) => [`lb${i + 1}`, { director: 'local', ipvsadm: remote }]),
      );
      await writeFile(join(folder, 'drain.yaml'), JSON.stringify({ directors }));
      await writeFile(join(folder, 'guard.yaml'), guardFile());
      const both = await once(folder, '--director', 'lb1', '--director', 'lb2');
      expect(both).toMatchObject({ exitCode: 0, stderr: '' });
      expect(both.stdout).toContain('lb2: 2 servers asked: all that should serve do');
      expect(asked).toEqual([1, 1]);
      await fakes[1].setFaults({ of: 'calls', from: 0, to: 1e6, kind: 'is-killed' });
      const one = await once(folder, '--director', 'lb1', '--director', 'lb2');
      expect(one.stdout).toContain('lb1: 2 servers asked: all that should serve do');
      expect(one.stderr).toContain('lb2');
      expect(one.exitCode).toBe(3);
    }));

  it('has nothing to show on a port, and says so', () =>
    withFolder(async (folder) => {
      await serversWith([200]);
      await writeFile(join(folder, 'guard.yaml'), guardFile());
      const { exitCode, stderr } = await once(folder, '--listen', '127.0.0.1:0');
      expect(exitCode).toBe(2);
      expect(stderr).toContain('--once ends after one round');
      expect(stderr).toContain('where: --listen');
    }));

  it('runs beside the guard itself, whose locks it does not want', () =>
    withFolder(async (folder) => {
      const { names } = await serversWith([503, 200]);
      await writeFile(join(folder, 'guard.yaml'), guardFile());
      const guard = runGuard(folder, fake.env);
      await guard.says(`${names[0]} from weight 40 to 0`);
      const { exitCode, stdout } = await once(folder, '--output', 'json');
      expect(exitCode).toBe(5);
      // It has weight 0 by the guard, and should serve.
      expect(of(stdout, names[0])).toMatchObject({ passed: false, weight: 0 });
      expect(of(stdout, names[0])).not.toHaveProperty('out');
      guard.run.kill('SIGTERM');
      expect((await guard.run).exitCode).toBe(143);
    }));
});
