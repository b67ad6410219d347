import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { runGuard } from '../support/running-guard.ts';

/** Writes each datagram of a Unix socket as a line to a file, as a service manager would hear them. */
const manager = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    states = s.recv(4096).decode().split("\\n")
    with open(sys.argv[2], "a") as f:
        f.write(" ".join(state for state in states if state) + "\\n")
`;

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

it('a guard tells systemd that it is ready, goes on, and stops, and its checks have no such socket', () =>
  withFolder(async (folder) => {
    await fake.reset('-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 127.0.0.1:9 -m -w 40\n');
    const [socket, heardFile] = [join(folder, 'notify'), join(folder, 'heard')];
    await writeFile(heardFile, '');
    const listener = execa('python3', ['-c', manager, socket, heardFile], { reject: false });
    const heard = async () => (await readFile(heardFile, 'utf8')).split('\n').slice(0, -1);
    await eventually(async () => expect(await execa('test', ['-S', socket])).toBeDefined());
    await writeFile(
      join(folder, 'check.sh'),
      '#!/bin/sh\necho "socket=$NOTIFY_SOCKET usec=$WATCHDOG_USEC" >> asked\n',
      { mode: 0o755 },
    );
    await writeFile(
      join(folder, 'guard.yaml'),
      `poll: 200ms
defaults: { interval: 100ms, rise: 1 }
services:
  - { service: 'tcp/10.0.0.100:80', check: { command: ./check.sh } }
`,
    );
    const { run, says } = runGuard(folder, {
      ...fake.env,
      NOTIFY_SOCKET: socket,
      WATCHDOG_USEC: '1500000',
    });
    await says('guarding 1 service');
    await eventually(async () => {
      const all = await heard();
      expect(all[0]).toMatch(/^READY=1 STATUS=\d servers, 0 down$/);
      expect(all).toContainEqual(expect.stringContaining('WATCHDOG=1 STATUS=1 servers, 0 down'));
    });
    run.kill('SIGTERM');
    expect((await run).exitCode).toBe(143);
    expect(await heard()).toContain('STOPPING=1');
    expect(await readFile(join(folder, 'asked'), 'utf8')).toMatch(/^(socket= usec=\n)+$/);
    listener.kill();
    await listener;
  }));

it('without a socket nobody is told, and a socket that nobody hears is warned of once', () =>
  withFolder(async (folder) => {
    await fake.reset('-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 127.0.0.1:9 -m -w 40\n');
    await writeFile(
      join(folder, 'guard.yaml'),
      "poll: 200ms\nservices: [{ service: 'tcp/10.0.0.100:80', check: tcp }]\n",
    );
    const { run, says } = runGuard(folder, {
      ...fake.env,
      NOTIFY_SOCKET: join(folder, 'nobody'),
    });
    await says('warning: systemd was not told how the service is');
    run.kill('SIGTERM');
    expect((await run).exitCode).toBe(143);
  }));
