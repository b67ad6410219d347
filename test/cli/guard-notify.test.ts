import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GuardNotice } from '../../src/domain/events/guard-notice.ts';
import { withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';
import { runGuard } from '../support/running-guard.ts';

const secret = 'whsec_bm90IGEgcmVhbCBzZWNyZXQgYnV0IGxvbmc=';

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

it('a guard tells a signed webhook and a command of a server that dies, and says no secret', () =>
  withFolder(async (folder) => {
    const notices: GuardNotice[] = [];
    const hook = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        const headers = request.headers as Record<string, string>;
        notices.push(new Webhook(secret).verify(body, headers) as GuardNotice);
        response.end();
      });
    });
    const url = `http://127.0.0.1:${await listen(hook)}/services/T0KEN?key=s3cret`;
    const statuses = [200, 200];
    const ports = await Promise.all(
      statuses.map((_, n) =>
        listen(
          createServer((_request, response) => {
            response.statusCode = statuses[n] ?? 500;
            response.end();
          }),
        ),
      ),
    );
    const lines = ports.map((port) => `-a -t 10.0.0.100:80 -r 127.0.0.1:${port} -m -w 40`);
    await fake.reset(['-A -t 10.0.0.100:80 -s wrr', ...lines, ''].join('\n'));
    await writeFile(join(folder, 'secret'), secret, { mode: 0o600 });
    await writeFile(
      join(folder, 'page.sh'),
      '#!/bin/sh\necho "$1 $DRAIN_DOWN|$DRAIN_UP|$DRAIN_FAILURE" >> told\n',
      { mode: 0o755 },
    );
    await writeFile(
      join(folder, 'guard.yaml'),
      `poll: 200ms
defaults: { interval: 100ms, rise: 1, fall: 2, rampUp: 0s }
services:
  - { service: 'tcp/10.0.0.100:80', check: 'http://{address}:{port}/' }
notify:
  - { webhook: '${url}', secretFile: secret, groupFor: 50ms, every: 0s }
  - { command: './page.sh {event}', on: [up], groupFor: 0s, every: 0s }
`,
    );
    const { run, says, text } = runGuard(folder, fake.env);
    const first = `127.0.0.1:${ports[0]}`;
    await says('guarding 1 service');
    statuses[0] = 503;
    await eventually(() => expect(notices).toHaveLength(1));
    expect(notices[0]).toMatchObject({
      ...{ v: 1, type: 'guard', failure: true, more: 0 },
      items: [{ group: 'down', service: 'tcp/10.0.0.100:80', server: first, director: 'local' }],
    });
    expect(notices[0]?.text).toContain(`down: ${first} in tcp/10.0.0.100:80 (`);
    statuses[0] = 200;
    await eventually(() => expect(notices).toHaveLength(2));
    expect(notices[1]).toMatchObject({ failure: false, items: [{ group: 'up', server: first }] });
    await eventually(async () => {
      const told = await readFile(join(folder, 'told'), 'utf8').catch(() => '');
      expect(told).toBe(`guard |${first} tcp/10.0.0.100:80|false\n`);
    });
    run.kill('SIGTERM');
    const ended = await run;
    expect(ended.exitCode).toBe(143);
    expect(`${text()}${ended.stderr}`).not.toMatch(/T0KEN|s3cret|whsec/);
  }));
