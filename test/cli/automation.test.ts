import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../support/docs/pages.ts';
import { drain, drainJs, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { listen } from '../support/loopback-servers.ts';

const example = (name: string): Promise<string> =>
  readFile(join(root, '.github/examples', name), 'utf8');

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
});
afterAll(() => fake.remove());

/** Nobody has to see the ramps of the playbook. */
const quick: Readonly<Record<string, readonly string[]>> = {
  out: ['--settle', '0s', '--poll', '100ms'],
  in: ['--over', '0s'],
};

interface Task {
  readonly delegate_to?: string;
  readonly 'ansible.builtin.command'?: { readonly argv: readonly string[] };
}

it('the playbook takes each host out before it is updated, and brings it in after, one at a time', () =>
  withFolder(async (folder) => {
    const [play] = parse(await example('rolling.yaml')) as [
      { readonly serial: number; readonly tasks: readonly Task[] },
    ];
    expect(play.serial).toBe(1);
    const hosts = ['127.0.0.1', '127.0.0.2'];
    const ports = await Promise.all(
      hosts.map((host) =>
        listen(
          createServer((_, response) => response.end()),
          host,
        ),
      ),
    );
    const servers = hosts.map((host, index) => `${host}:${ports[index]}`);
    const table = [
      '-A -t 10.0.0.100:80 -s wrr',
      ...servers.map((server) => `-a -t 10.0.0.100:80 -r ${server} -m -w 50`),
    ];
    await fake.reset(`${table.join('\n')}\n`);
    for (const [index, host] of hosts.entries()) {
      for (const task of play.tasks) {
        const command = task['ansible.builtin.command'];
        if (command) {
          const words = command.argv.map((word) => word.replace('{{ ansible_host }}', host));
          const args = [...words.slice(1), ...(quick[words[1] ?? ''] ?? []), '--state', 'state'];
          const { exitCode, stderr } = await drain(args, { cwd: folder, env: { ...fake.env } });
          expect({ words, exitCode, stderr }).toEqual({ words, exitCode: 0, stderr: '' });
        } else expect(await fake.table()).toContain(`-r ${servers[index]} -m -w 0`);
      }
    }
    expect((await fake.table()).trim().split('\n')).toEqual(table);
  }));

const terraform = (() => {
  try {
    return execFileSync('sh', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
})();

describe.runIf(terraform !== undefined)('terraform apply', () => {
  it('hands over when a name changes, and not again', () =>
    withFolder(async (folder) => {
      await fake.reset('-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 9\n');
      const text = await example('hand-over.tf');
      await writeFile(join(folder, 'main.tf'), text.replace('"10m"', '"0s"'));
      await mkdir(join(folder, 'bin'));
      const shim = join(folder, 'bin/drain');
      await writeFile(shim, `#!/bin/sh\nexec ${process.execPath} ${drainJs} "$@"\n`);
      await chmod(shim, 0o755);
      const env = {
        ...fake.env,
        PATH: `${join(folder, 'bin')}:${fake.env.PATH ?? process.env.PATH}`,
        DRAIN_STATE: join(folder, 'state'),
        CHECKPOINT_DISABLE: '1',
        HOME: folder,
      };
      const run = (...args: readonly string[]) =>
        execa('terraform', [...args, '-no-color'], {
          cwd: folder,
          env,
          stdin: 'ignore',
          all: true,
        });
      await run('init');
      const apply = ['apply', '-auto-approve', '-var', 'old=10.0.0.1', '-var', 'new=10.0.0.2'];
      expect((await run(...apply)).all).toContain('1 added, 0 changed');
      expect(await fake.table()).toContain('-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 9');
      expect(await fake.table()).not.toContain('10.0.0.1:80');
      expect((await run(...apply)).all).toContain('0 added, 0 changed');
    }));
});
