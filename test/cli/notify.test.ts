import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/domain/events/notice.ts';
import { drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen, listenRaw } from '../support/loopback-servers.ts';
import { startDrain } from '../support/running-drain.ts';
import { type SelfSigned, selfSigned } from '../support/self-signed.ts';

const secret = 'whsec_bm90IGEgcmVhbCBzZWNyZXQgYnV0IGxvbmc=';
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2'];
const quick = ['--over', '4s', '--settle', '1s', '--output', 'json'];

/** An old server and a bystander, and nobody who uses them. */
const machine = `seed: 1
table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
  -a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
`;

/** Takes every notice whose signature is right. */
async function receiver(tls?: SelfSigned) {
  const notices: Notice[] = [];
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      notices.push(new Webhook(secret).verify(body, headers) as Notice);
      response.end();
    });
  };
  const server: Server = tls ? createTlsServer(tls, answer) : createServer(answer);
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${await listen(server)}/services/T0KEN?key=s3cret`;
  return { notices, url };
}

const briefly = (notices: readonly Notice[]) =>
  notices.map(({ type, failure }) => (failure ? `${type}!` : type));

/** Writes both files, and gives the options that name them. */
async function siteIn(folder: string, notify: string): Promise<readonly string[]> {
  const [config, scenario] = [join(folder, 'drain.yaml'), join(folder, 'machine.yaml')];
  await writeFile(config, `notify:\n${notify}`);
  await writeFile(scenario, machine);
  return ['--config', config, '--director', `sim:${scenario}`, ...quick];
}

async function textsIn(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

describe.concurrent('a rollout of which somebody is told', () => {
  it('tells of its start and its end, and shows no secret to anybody else', () =>
    withFolder(async (folder) => {
      const tls = await selfSigned('hooks.example.com');
      const { notices, url } = await receiver(tls);
      await writeFile(join(folder, 'ca.pem'), tls.cert);
      await writeFile(
        join(folder, 'page.sh'),
        '#!/bin/sh\necho "$1 $DRAIN_EVENT" >>pages\ncat /proc/[0-9]*/cmdline >>processes 2>/dev/null\necho not shown\n',
      );
      await chmod(join(folder, 'page.sh'), 0o755);
      const notify = `  - webhook: ${url}\n  - command: ./page.sh {rollout}\n`;
      const site = await siteIn(folder, notify);
      const run = await drain([...handOver, ...site, '--state', 'state'], {
        cwd: folder,
        env: { DRAIN_NOTIFY_SECRET: secret, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
      });
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      const rollout = run.events()[0]?.rollout ?? '';
      expect(briefly(notices)).toEqual(['started', 'done']);
      expect(notices[1]).toMatchObject({
        rollout,
        from: ['10.0.0.1:80'],
        to: ['10.0.0.2:80'],
        exitCode: 0,
        goBack: `drain rollback ${rollout} --state ${folder}/state --config ${folder}/drain.yaml`,
      });
      expect(await readFile(join(folder, 'pages'), 'utf8')).toBe(
        `${rollout} started\n${rollout} done\n`,
      );
      const kept = await textsIn(join(folder, 'state'));
      expect(kept).toContain('"opened"');
      const processes = await readFile(join(folder, 'processes'), 'utf8');
      expect(processes).toContain('page.sh');
      for (const seen of [kept, processes, run.stdout]) {
        expect(seen).not.toMatch(/T0KEN|s3cret|whsec_|not shown/);
      }
    }));

  it('tells that a gate failed, that it goes back, and that it is back', () =>
    withFolder(async (folder) => {
      const { notices, url } = await receiver();
      const site = await siteIn(folder, '  - command: ./nowhere.sh\n');
      await writeFile(join(folder, 'secret'), `${secret}\n`);
      const plan = join(folder, 'plan.yaml');
      await writeFile(
        plan,
        `{from: 10.0.0.1, to: 10.0.0.2, gateCommand: "false", notify: [{webhook: "${url}", secretFile: ${folder}/secret}]}`,
      );
      const run = await drain(['apply', plan, ...site]);
      expect(run.exitCode).toBe(5);
      expect(run.stderr).not.toContain('nowhere');
      expect(briefly(notices)).toEqual(['started', 'rollback-started!', 'rolled-back!']);
      expect(notices[1]?.text).toContain(
        'going back: gate-command false failed before step 0 of 4',
      );
    }));

  it('tells nobody of a dry run, a plan or a look around', () =>
    withFolder(async (folder) => {
      const { notices, url } = await receiver();
      const site = await siteIn(folder, `  - webhook: ${url}\n`);
      const env = { DRAIN_NOTIFY_SECRET: secret };
      for (const command of [['--dry-run'], ['plan']]) {
        const run = await drain([...command, ...handOver, ...site], { env });
        expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      }
      expect(notices).toEqual([]);
    }));

  it('ends as it would have, ten seconds later at most, where a receiver hangs', () =>
    withFolder(async (folder) => {
      const port = await listenRaw(() => {});
      const notify = `  - webhook: http://127.0.0.1:${port}/services/T0KEN\n`;
      const run = startDrain([...handOver, ...(await siteIn(folder, notify))], {});
      const end = await run.event(({ type }) => type === 'finished');
      expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
      const endedMs = performance.now();
      const { exitCode, stderr } = await run.ended;
      const delayMs = performance.now() - endedMs;
      expect(exitCode).toBe(0);
      expect(delayMs).toBeGreaterThan(5_000);
      expect(delayMs).toBeLessThan(30_000);
      const to = `to http://127.0.0.1:${port} was not`;
      expect(stderr.split('\n')).toEqual([
        expect.stringMatching(new RegExp(`^drain: the notification "started" .*${to} delivered: `)),
        expect.stringMatching(new RegExp(`^drain: the notification "done" .*${to} `)),
      ]);
    }));

  it('ends as it would have where nothing of it works', () =>
    withFolder(async (folder) => {
      const webhook = '{webhook: "https://h/T0KEN", secretFile: nowhere}';
      const site = await siteIn(folder, `  - command: ./nowhere.sh\n  - ${webhook}\n`);
      const run = await drain([...handOver, ...site], { cwd: folder });
      expect(run.exitCode).toBe(0);
      expect(run.stderr).not.toContain('T0KEN');
      expect(run.stderr.split('\n')).toEqual([
        'drain: notifications are not sent to https://h: the secret in nowhere cannot be read: there is no such file',
        expect.stringMatching(
          /"started" of .* to \.\/nowhere\.sh was not delivered: it cannot be run/,
        ),
        expect.stringMatching(
          /"done" of .* to \.\/nowhere\.sh was not delivered: it cannot be run/,
        ),
      ]);
    }));
});

describe.concurrent('a rollout that is stopped and gone on with', () => {
  const service = '-t 10.0.0.100:80';
  const table = `-A ${service} -s wrr\n-a ${service} -r 10.0.0.1:80 -m -w 4\n-a ${service} -r 10.0.0.3:80 -m -w 2\n`;
  const slow = ['--over', '4s', '--every', '1s', '--settle', '500ms', '--output', 'json'];

  let built: FakeIpvsadm;
  beforeAll(async () => {
    built = await buildFakeIpvsadm();
  });
  afterAll(() => built.remove());

  const withFake = (
    name: string,
    use: (site: {
      readonly notices: readonly Notice[];
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
    }) => Promise<void>,
  ): Promise<void> =>
    withFolder(async (folder) => {
      const fake = built.another(name);
      await fake.reset(table);
      const { notices, url } = await receiver();
      const config = join(folder, 'drain.yaml');
      await writeFile(config, `notify: [{webhook: "${url}"}]`);
      const args = ['--state', join(folder, 'state'), '--config', config];
      await use({ notices, args, env: { ...fake.env, DRAIN_NOTIFY_SECRET: secret } });
    });

  it('tells of one start, of a hold with the way on, and of each time it goes on', () =>
    withFake('going-on', async ({ notices, args, env }) => {
      const killed = startDrain([...handOver, ...slow, ...args], env);
      const { rollout } = await killed.event(({ type }) => type === 'step-applied');
      killed.signal('SIGKILL');
      await killed.ended;

      const resume = ['resume', rollout, '--output', 'json', ...args];
      const stopped = startDrain(resume, env);
      await stopped.event(({ type }) => type === 'sampled');
      stopped.signal('SIGTERM');
      expect(await stopped.ended).toMatchObject({ exitCode: 143 });
      expect(await drain(resume, { env })).toMatchObject({ exitCode: 0, stderr: '' });

      expect(briefly(notices)).toEqual(['started', 'resumed', 'held', 'resumed', 'done']);
      expect(notices[2]).toMatchObject({
        goOn: `drain resume ${rollout} ${args.join(' ')}`,
        goBack: `drain rollback ${rollout} ${args.join(' ')}`,
        exitCode: 143,
      });
      expect(new Set(notices.map(({ id }) => id)).size).toBe(5);
    }));
});
