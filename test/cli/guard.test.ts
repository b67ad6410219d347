import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { eventually, until } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
import { runGuard } from '../support/running-guard.ts';
import { startServe } from '../support/running-serve.ts';

const example = fileURLToPath(new URL('../../plans/guard.yaml', import.meta.url));

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

const startGuard = (folder: string, args: readonly string[] = []) =>
  runGuard(folder, fake.env, args);

/** Two servers in the table of each director; `answers` says with which status. */
async function twoServers(directors: readonly FakeIpvsadm[] = [fake]) {
  const answers = [200, 200];
  const asked = [0, 0];
  const servers: readonly Server[] = [0, 1].map((n) =>
    createServer((_, response) => {
      asked[n] = (asked[n] ?? 0) + 1;
      response.statusCode = answers[n] ?? 500;
      response.end();
    }),
  );
  const ports = await Promise.all(servers.map((server) => listen(server)));
  const lines = ports.map((port) => `-a -t 10.0.0.100:80 -r 127.0.0.1:${port} -m -w 40`);
  for (const director of directors) {
    await director.reset(['-A -t 10.0.0.100:80 -s wrr', ...lines, ''].join('\n'));
  }
  return { answers, asked, names: ports.map((port) => `127.0.0.1:${port}`) };
}

const file = (more = '') => `
poll: 200ms
defaults: { interval: 100ms, rise: 1, fall: 2, rampUp: 0s }
services:
  - { service: 'tcp/10.0.0.100:80', check: 'http://{address}:{port}/' }
${more}`;

describe('drain guard', () => {
  it('is seen by drain serve while it runs: who is down and why; killed as not alive, ended not at all', () =>
    withFolder(async (folder) => {
      const { answers, names } = await twoServers();
      await writeFile(join(folder, 'guard.yaml'), file());
      await writeFile(join(folder, 'drain.yaml'), 'minServing: 2\n');
      const first = startGuard(folder, ['--config', 'drain.yaml']);
      await first.says('guarding 1 service');
      const serve = await startServe(['--state', join(folder, 'state')], fake.env);
      const guards = async (): Promise<readonly Record<string, unknown>[]> => {
        const state = (await (await fetch(`${serve.url}/state`)).json()) as {
          readonly directors: readonly { readonly guards: readonly Record<string, unknown>[] }[];
        };
        return state.directors[0]?.guards ?? [];
      };
      try {
        answers[0] = 503;
        await eventually(async () =>
          expect(await guards()).toMatchObject([
            {
              ...{ isAlive: true, pid: first.run.pid, file: 'guard.yaml' },
              services: [
                {
                  ...{ servers: 2, up: 1 },
                  bad: [{ server: names[0], verdict: 'down', kept: 'min-serving', flaps: 1 }],
                },
              ],
            },
          ]),
        );
        first.run.kill('SIGTERM');
        await first.run;
        await eventually(async () => expect(await guards()).toEqual([]));
      } finally {
        serve.signal('SIGTERM');
        await serve.ended;
      }
    }));

  it('takes a failing server to 0, knows it after kill -9, brings it back, and ends at SIGTERM', () =>
    withFolder(async (folder) => {
      const { answers, asked, names } = await twoServers();
      await writeFile(join(folder, 'guard.yaml'), file());
      const first = startGuard(folder);
      await first.says('guarding 1 service of guard.yaml');
      await until(() => (asked[0] ?? 0) > 1);
      answers[0] = 503;
      await first.says(`${names[0]} from weight 40 to 0, because it is down (comes back to 40)`);
      expect(await fake.table()).toContain(`${names[0]} -m -w 0`);
      first.run.kill('SIGKILL');
      await first.run;

      answers[0] = 200;
      const second = startGuard(folder, ['--output', 'json']);
      await second.says('"reason":"ramp"');
      expect(await fake.table()).toContain(`${names[0]} -m -w 40`);

      const third = await drain(['guard', 'guard.yaml', '--state', 'state'], {
        cwd: folder,
        env: fake.env,
      });
      expect(third.exitCode).toBe(6);
      expect(third.stderr).toMatch(/another guard looks after tcp\/10\.0\.0\.100:80 already/);

      await writeFile(join(folder, 'guard.yaml'), file('    chek: tcp\n'));
      second.run.kill('SIGHUP');
      await second.says('"reload-refused"');
      await writeFile(join(folder, 'guard.yaml'), file('maintenance: out.d\n'));
      second.run.kill('SIGHUP');
      await second.says('"reloaded"');

      second.run.kill('SIGTERM');
      const ended = await second.run;
      expect(ended.exitCode).toBe(143);
      expect(ended.stderr).toBe('');
      for (const line of second.text().trim().split('\n')) {
        expect(JSON.parse(line)).toMatchObject({
          v: 1,
          director: 'local',
          type: expect.any(String),
        });
      }
    }));

  it.each<[string, readonly string[], string | undefined, number, RegExp]>([
    ['no file', ['guard'], undefined, 2, /missing required argument 'file'/],
    ['a file that is not there', ['guard', 'none.yaml'], undefined, 2, /none\.yaml cannot be read/],
    [
      'a bad file',
      ['guard', 'guard.yaml'],
      'services:\n  - service: x\n',
      2,
      /where: guard\.yaml:2:14/,
    ],
    [
      'a certificate that is not there',
      ['guard', 'guard.yaml'],
      "services: [{service: 'fwm/1', check: {url: 'https://{address}:{port}/', ca: none.pem}}]",
      2,
      /none\.pem cannot be used/,
    ],
    [
      'a maintenance folder that is none',
      ['guard', 'guard.yaml'],
      file('maintenance: guard.yaml\n'),
      2,
      /maintenance folder guard\.yaml cannot be read/,
    ],
    [
      'a simulated director',
      ['guard', example, '--director', 'sim'],
      undefined,
      2,
      /has no servers that a check could ask/,
    ],
    [
      'an ipvsadm that is not there',
      ['guard', 'guard.yaml', '--ipvsadm', 'no-such-ipvsadm'],
      file(),
      3,
      /no-such-ipvsadm/,
    ],
  ])('with %s is refused', (_, args, text, exitCode, says) =>
    withFolder(async (folder) => {
      if (text !== undefined) await writeFile(join(folder, 'guard.yaml'), text);
      const run = await drain([...args, ...(args.length > 1 ? ['--state', 'state'] : [])], {
        cwd: folder,
        env: fake.env,
      });
      expect(run.stderr).toMatch(says);
      expect(run.exitCode).toBe(exitCode);
      expect(run.stdout).toBe('');
    }),
  );

  it('looks after two directors, begins without the one that is away, and asks each server once for both', () =>
    withFolder(async (folder) => {
      const fakes = [fake.another('lb1'), fake.another('lb2')] as const;
      const { answers, asked, names } = await twoServers(fakes);
      await fakes[1].setFaults({ of: 'calls', from: 0, to: 1e6, kind: 'is-killed' });
      const directors = Object.fromEntries(
        fakes.map(({ remote }, i) => [`lb${i + 1}`, { director: 'local', ipvsadm: remote }]),
      );
      await writeFile(join(folder, 'drain.yaml'), JSON.stringify({ directors }));
      await writeFile(join(folder, 'guard.yaml'), file());
      const startedMs = Date.now();
      const { run, says } = startGuard(folder, ['--director', 'lb1', '--director', 'lb2']);
      await says('lb1: guarding 1 service of guard.yaml');
      await says('lb2: warning: ');
      const toZero = `${names[0]} from weight 40 to 0, because it is down (comes back to 40)`;
      answers[0] = 503;
      await says(`lb1: tcp/10.0.0.100:80: ${toZero}`);
      await fakes[1].setFaults();
      await says('lb2: the table can be listed again');
      await says('lb2: guarding 1 service of guard.yaml');
      await says(`lb2: tcp/10.0.0.100:80: ${toZero}`);
      answers[0] = 200;
      for (const name of ['lb1', 'lb2']) {
        await says(`${name}: tcp/10.0.0.100:80: ${names[0]} from weight 0 to 40: back in full`);
      }
      for (const one of fakes) expect(await one.table()).toContain(`${names[0]} -m -w 40`);
      const most = (Date.now() - startedMs) / 90 + 1;
      expect(asked[1]).toBeLessThanOrEqual(most);
      run.kill('SIGTERM');
      const ended = await run;
      expect(ended.exitCode).toBe(143);
      expect(ended.stderr).toBe('');
    }));

  it('writes its marks for its owner alone', () =>
    withFolder(async (folder) => {
      const { answers, names } = await twoServers();
      answers[1] = 500;
      await writeFile(join(folder, 'guard.yaml'), file());
      const { run, says } = startGuard(folder);
      await says(`${names[1]} from weight 40 to 0`);
      run.kill('SIGINT');
      expect((await run).exitCode).toBe(130);
      const { stdout } = await execa('ls', [join(folder, 'state/out')]);
      const mark = JSON.parse(await readFile(join(folder, 'state/out', stdout.trim()), 'utf8'));
      expect(mark).toMatchObject({
        table: 'ipvsadm',
        server: names[1],
        reason: 'health',
        weight: 40,
      });
    }));

  it('shows its metrics and probes where --listen says, and refuses a port that is taken', () =>
    withFolder(async (folder) => {
      const { answers, names } = await twoServers();
      await writeFile(join(folder, 'guard.yaml'), file());
      const taken = createServer();
      const takenPort = await listen(taken);
      const refused = await drain(
        ['guard', 'guard.yaml', '--state', 'state', '--listen', `127.0.0.1:${takenPort}`],
        { cwd: folder, env: fake.env },
      );
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain(`127.0.0.1:${takenPort}`);
      await new Promise((resolve) => taken.close(resolve));

      const base = `http://127.0.0.1:${takenPort}`;
      const { run, says } = startGuard(folder, ['--listen', `127.0.0.1:${takenPort}`]);
      answers[0] = 503;
      await says(`${names[0]} from weight 40 to 0`);
      const text = await (await fetch(`${base}/metrics`)).text();
      const at = 'director="local",service="tcp/10.0.0.100:80"';
      expect(text).toContain(`drain_check_up{${at},server="${names[0]}"} 0`);
      expect(text).toContain(`drain_check_up{${at},server="${names[1]}"} 1`);
      expect(text).toContain('drain_check_guard_alive{director="local"} 1');
      expect(text).toContain('# TYPE drain_check_answer_seconds histogram');
      expect((await fetch(`${base}/readyz`)).status).toBe(200);
      run.kill('SIGTERM');
      expect((await run).exitCode).toBe(143);
      await expect(fetch(`${base}/healthz`)).rejects.toThrow();
    }));
});
