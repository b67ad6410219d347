import { readdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { drainCommand, type Lab } from '../support/lab/lab.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const address = virtualAddresses.v4.nat;
const service = `tcp/${address}:80`;

const conf = `! of nobody but us
global_defs {
  router_id lab
  script_user root
}
virtual_server ${address} 80 {
  delay_loop 1
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  real_server 10.0.2.11 8080 {   # the old one
    weight 100
    MISC_CHECK {
      misc_path "/bin/true"
    }
  }
  real_server 10.0.2.13 8080 { weight 50 }
}
`;

interface Beside {
  readonly path: string;
  drain(...args: readonly string[]): ReturnType<Lab['drain']>;
  text(): Promise<string>;
  /** Hidden files that an edit has left. */
  left(): Promise<readonly string[]>;
  write(text: string): Promise<void>;
  reload(): Promise<void>;
  shows(weights: Readonly<Record<string, number>>): Promise<void>;
}

/** A keepalived whose main file includes the one with the service, or is it. */
async function besideKeepalived(
  lab: Lab,
  { name, isIncluded }: { readonly name: string; readonly isIncluded: boolean },
  use: (beside: Beside) => Promise<void>,
): Promise<void> {
  const folder = join(lab.folder, name);
  await lab.run(['mkdir', '-p', join(folder, 'conf.d')]);
  const main = join(folder, 'keepalived.conf');
  const path = isIncluded ? join(folder, 'conf.d/web.conf') : main;
  if (isIncluded) await lab.writeFile(main, 'include conf.d/*.conf\n');
  await lab.writeFile(path, conf);
  await lab.setTable();
  const keepalived = await lab.spawn([
    ...['keepalived', '--dont-fork', '--check', '--log-console', '--use-file', main],
  ]);
  const weights = async () => {
    const rows = await lab.table();
    const found = rows.flatMap((rule) => {
      const [, ip, weight] = /-r (\S+):8080 .*-w (\d+)/.exec(rule) ?? [];
      return ip === undefined ? [] : [[ip.replace('10.0.2.', 'rs'), Number(weight)] as const];
    });
    return Object.fromEntries(found);
  };
  try {
    await use({
      path,
      drain: (...args) => lab.drain(['keepalived', ...args]),
      text: () => readFile(path, 'utf8'),
      left: async () =>
        (await readdir(dirname(path))).filter((one) => one.includes('.drain-')).sort(),
      write: (text) => lab.writeFile(path, text),
      reload: async () => void (await lab.run(['kill', '-HUP', `${keepalived.pid}`])),
      shows: (expected) =>
        expect.poll(weights, { timeout: 60_000, interval: 100 }).toEqual(expected),
    });
  } finally {
    await keepalived.kill();
  }
}

const atFirst = { rs11: 100, rs13: 50 };

describeKernel('drain keepalived, beside a real keepalived', (lab) => {
  test('shows an edit, makes it, and takes a server out in the end, under traffic', async () => {
    await besideKeepalived(lab, { name: 'edit', isIncluded: false }, async (beside) => {
      const { path, drain, shows, text } = beside;
      await shows(atFirst);
      const clients = await lab.clients.load({ address, port: 80, perSecond: 10 });
      const words = ['set', '10.0.2.11=0,10.0.2.12=100', '--like', '10.0.2.11'];
      const shown = await drain(...words);
      expect(shown.stderr).toContain('nothing is written yet');
      expect(shown.stdout).toContain(`--- ${path}\n+++ ${path}\n@@ -9,`);
      expect(shown.stdout.match(/^[-+] .*real_server.*/gm)).toEqual([
        '+  real_server 10.0.2.12 8080 {',
      ]);
      expect(await text()).toBe(conf);
      expect(await drain(...words, '--write')).toMatchObject({ exitCode: 0, stderr: '' });
      await shows({ rs11: 0, rs12: 100, rs13: 50 });
      expect((await drain(...words, '--write')).stdout).toContain('says so already');
      expect(await drain('remove', '10.0.2.11', '--write')).toMatchObject({ exitCode: 0 });
      await shows({ rs12: 100, rs13: 50 });
      expect(Object.keys(tally(await clients.stop())).filter((one) => one[0] === '!')).toEqual([]);
      const back = ['set', '10.0.2.11=100', '--like', '10.0.2.12', '--write'];
      expect(await drain(...back)).toMatchObject({ exitCode: 0 });
      await shows({ rs11: 100, rs12: 100, rs13: 50 });
    });
  }, 240_000);

  test("refuses what a reload would have read of somebody else's, and what a test finds fault with", async () => {
    await besideKeepalived(lab, { name: 'refuse', isIncluded: true }, async (beside) => {
      const { path, drain, shows, text, write, reload, left } = beside;
      await shows(atFirst);
      const theirs = conf.replace('weight 50', 'weight 51');
      await write(theirs);
      const refused = await drain('set', '10.0.2.11=0', '--write');
      expect(refused).toMatchObject({ exitCode: 6 });
      expect(refused.stderr).toContain(`${path}:17`);
      await write(conf.replace('  delay_loop', '  # a comment is no change\n  delay_loop'));
      const added = join(dirname(path), 'more.conf');
      await lab.writeFile(added, 'vrrp_script x { script "/bin/true" }\n');
      expect(await drain('set', '10.0.2.11=0', '--write')).toMatchObject({ exitCode: 6 });
      await lab.run(['rm', added]);
      expect(await drain('set', '10.0.2.11=1', '--write')).toMatchObject({ exitCode: 0 });
      await shows({ ...atFirst, rs11: 1 });
      // keepalived's test takes no weight that is not a number, and drain no macro.
      await write((await text()).replace('weight 50', `weight $WEIGHT`));
      await reload();
      const macro = await drain('set', '10.0.2.13=3', '--write');
      expect(macro).toMatchObject({
        exitCode: expect.toSatisfy((code) => code === 3 || code === 6),
      });
      expect((await left()).filter((name) => !name.includes('backup'))).toEqual([]);
    });
  }, 240_000);

  test('keeps a symbolic link and the mode, and edits what it leads to', async () => {
    const real = join(lab.folder, 'real.conf');
    await lab.writeFile(real, conf);
    await lab.run(['chmod', '640', real]);
    const link = join(lab.folder, 'link.conf');
    await symlink('real.conf', link);
    await lab.setTable();
    const keepalived = await lab.spawn([
      ...['keepalived', '--dont-fork', '--check', '--log-console', '--use-file', link],
    ]);
    try {
      await expect.poll(async () => (await lab.table()).length, { timeout: 60_000 }).toBe(3);
      const run = await lab.drain(['keepalived', 'set', '10.0.2.11=7', '--write']);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await readFile(real, 'utf8')).toBe(conf.replace('weight 100', 'weight 7'));
      expect((await stat(real)).mode & 0o777).toBe(0o640);
      expect((await lab.run(['readlink', link])).stdout.trim()).toBe('real.conf');
    } finally {
      await keepalived.kill();
    }
  }, 120_000);

  test('killed ten times on its way, an edit is whole at each of them, and comes to its end', async () => {
    await besideKeepalived(lab, { name: 'kills', isIncluded: true }, async (beside) => {
      const { drain, shows, text, left } = beside;
      await shows(atFirst);
      const after = conf.replace('weight 100', 'weight 7');
      const edit = [...drainCommand, 'keepalived', 'set', '10.0.2.11=7', '--service', service];
      const started = Date.now();
      expect(await drain('set', '10.0.2.11=7', '--write')).toMatchObject({ exitCode: 0 });
      const whole = Date.now() - started;
      expect(await drain('set', '10.0.2.11=100', '--write')).toMatchObject({ exitCode: 0 });
      await shows(atFirst);
      let interrupted = 0;
      for (let run = 0; run < 10; run++) {
        const seconds = ((whole * (run + 4)) / 14_000).toFixed(2);
        await lab.run(['timeout', '-s', 'KILL', seconds, ...edit, '--write']);
        expect([conf, after]).toContain(await text());
        if ((await left()).some((name) => name.endsWith('drain-job'))) interrupted++;
        expect(await drain('resume')).toMatchObject({ exitCode: 0 });
        expect([conf, after]).toContain(await text());
        const isEdited = (await text()) === after;
        await shows(isEdited ? { ...atFirst, rs11: 7 } : atFirst);
        expect((await left()).filter((name) => !name.includes('backup'))).toEqual([]);
        if (isEdited)
          expect(await drain('set', '10.0.2.11=100', '--write')).toMatchObject({ exitCode: 0 });
      }
      process.stderr.write(
        `killed in an edit of ${whole} ms: ${interrupted} of 10 were under way\n`,
      );
    });
  }, 400_000);
});
