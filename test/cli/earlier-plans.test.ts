import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { tableOf, withFixture } from '../support/fixtures.ts';
import { listen } from '../support/loopback-servers.ts';
import type { Site } from '../support/site.ts';

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

/** The state is for the config file to say: beside a compiled plan `--state` is none of the options. */
async function apply(site: Site): Promise<void> {
  await writeFile(join(site.folder, 'drain.yaml'), 'defaults: {state: state}\n');
  const { folder, env } = site;
  const { exitCode, stderr } = await drain(['apply', 'plan.json'], { cwd: folder, env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

const applied = `-A -t 10.0.0.100:80 -s wrr -p 300 -M 255.255.255.0
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 1
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
-a -t 10.0.0.100:80 -r 10.0.0.4:80 -m -w 3
-A -t 10.0.0.100:443 -s mh -b mh-fallback,mh-port
-a -t 10.0.0.100:443 -r 10.0.0.2:443 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-a -t 10.0.0.100:443 -r 10.0.0.3:443 -i -w 2 --tun-type ipip
-a -t 10.0.0.100:443 -r 10.0.0.4:443 -i -w 3 --tun-type gue --tun-port 6080 --tun-nocsum
-A -u 10.0.0.100:53 -s wlc -o
-a -u 10.0.0.100:53 -r 10.0.0.2:53 -m -w 1
-a -u 10.0.0.100:53 -r 10.0.0.3:53 -m -w 1
-a -u 10.0.0.100:53 -r 10.0.0.4:53 -m -w 2
-A -f 7 -s wrr
-a -f 7 -r 10.0.0.2:0 -g -w 333
-a -f 7 -r 10.0.0.3:0 -g -w 1000
-a -f 7 -r 10.0.0.4:0 -g -w 667
`;

const applied6 = (bystander: number): readonly string[] => [
  '-A -t [2001:db8::100]:443 -s wrr',
  '-a -t [2001:db8::100]:443 -r [2001:db8::1]:443 -g -w 0',
  '-a -t [2001:db8::100]:443 -r [2001:db8::2]:443 -g -w 6',
  `-a -t [2001:db8::100]:443 -r [2001:db8::3]:443 -g -w ${bystander}`,
];

describe.concurrent('a compiled plan of version 0.1.0', { timeout: 300_000 }, () => {
  it('is applied to services of every kind', () =>
    withFixture(built, '0.1.0/compiled-plan', async (site) => {
      await apply(site);
      expect(await site.table().table()).toBe(applied);
    }));

  it('is applied with a health check of its new server', async () => {
    const port = await listen(createServer((socket) => socket.end()));
    const name = '0.1.0/compiled-plan-with-a-tcp-check';
    const use = async (site: Site) => {
      await apply(site);
      expect(await tableOf(site)).toEqual([
        '-A -t 10.0.0.100:80 -s wrr',
        '-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2',
        `-a -t 10.0.0.100:80 -r 127.0.0.1:${port} -m -w 4`,
      ]);
    };
    await withFixture(built, name, use, { port });
  });

  it('is applied to two directors, each with its own table', () =>
    withFixture(built, '0.1.0/compiled-plan-of-two-directors', async (site) => {
      await apply(site);
      expect(await tableOf(site, 'ipvsadm-lb1')).toEqual(applied6(1));
      expect(await tableOf(site, 'ipvsadm-lb2')).toEqual(applied6(3));
    }));
});
