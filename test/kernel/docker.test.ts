import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { blocks } from '../support/docs/pages.ts';
import { type Load, tally } from '../support/lab/clients.ts';
import { type DockerLab, startDockerLab } from '../support/lab/docker/docker-lab.ts';

const [web1, web2] = ['172.17.0.2', '172.17.0.3'];
const web = { address: '10.0.0.100', port: 80 };

/** The lines of docs/docker.md that have these words, as they stand there. */
function page(words: string): string {
  const [found, ...others] = blocks.filter(
    ({ page: path, text }) => path === 'docs/docker.md' && text.includes(words),
  );
  if (!found || others.length > 0) throw new Error(`docs/docker.md says "${words}" not once`);
  return found.text;
}

/** One boot of a kernel and two minutes, so only where somebody asks for it. */
describe.runIf(process.env.DRAIN_DOCKER === '1')('docs/docker.md, typed as it stands', () => {
  let started: DockerLab | undefined;
  const machine = (): DockerLab => {
    if (!started) throw new Error('there is no machine with Docker');
    return started;
  };
  const table = async () => (await machine().lab.table()).toSorted();
  const traffic = () => machine().lab.clients.load({ ...web, perSecond: 10 });
  const answered = async (load: Load) => tally(await load.stop());
  const ask = (count: number) => machine().lab.clients.sequence({ ...web, count });

  const connections = async () => {
    const stats = await machine().type('ipvsadm -Ln --stats');
    return [web1, web2].map((one) => Number(new RegExp(`-> ${one}:80 +(\\d+)`).exec(stats)?.[1]));
  };

  beforeAll(async () => {
    const kernel = inject('olderKernel');
    if (kernel.kind === 'unavailable') throw new Error(kernel.reason);
    started = await startDockerLab(kernel.kit);
  });
  afterAll(() => started?.stop());

  test('two containers answer in turn under rr', async () => {
    await machine().type(page('docker run -d --name web-1'));
    const said = await machine().type(page('ipvsadm -A -t'));
    expect(said.trim().split('\n').toSorted()).toEqual(
      ['net.ipv4.ip_forward = 1', web1, web2].toSorted(),
    );
    const turns = await ask(6);
    expect(turns).toEqual([0, 1, 2].flatMap(() => turns.slice(0, 2)));
    expect(turns.slice(0, 2).toSorted()).toEqual([web1, web2]);
  });

  test('a ramp is refused under rr, with what to do', async () => {
    await expect(
      machine().type('drain --from docker://web-1 --to docker://web-2 --over 5s'),
    ).rejects.toThrow(/exit 3\n[\s\S]*wrr/);
  });

  test('three of four are those of web-1 with its weight, which stats say too', async () => {
    await machine().type(page('ipvsadm -E -t'));
    expect((await ask(8)).filter((one) => one === web1)).toHaveLength(6);
    // Four of eight in turn were those of web-1 before; the kernel adds up every two seconds.
    await expect.poll(() => connections(), { timeout: 20_000 }).toEqual([4 + 6, 4 + 2]);
  });

  test('each is restarted by its name, and not one request fails', async () => {
    const before = await table();
    const load = await traffic();
    const restartedAt = await machine().type(startTimes);
    await machine().type(
      page('drain around docker://web-1').replace('--check', `${quick} --check`),
    );
    const counts = await answered(load);
    expect(Object.keys(counts).toSorted()).toEqual([web1, web2]);
    expect(await table()).toEqual(before);
    const now = (await machine().type(startTimes)).split('\n');
    for (const [at, was] of restartedAt.trim().split('\n').entries()) {
      expect(now[at]).not.toBe(was);
    }
  });

  test('web-1 is drained and stopped, and not one request fails', async () => {
    const load = await traffic();
    const said = await machine().type(page('drain --from docker://web-1').replace('30s', '6s'));
    expect(said).toContain('web-1');
    const counts = await answered(load);
    expect(Object.keys(counts).toSorted()).toEqual([web1, web2]);
    expect(await table()).toEqual([
      `-A -t ${web.address}:80 -s wrr`,
      `-a -t ${web.address}:80 -r ${web2}:80 -m -w 4`,
    ]);
    expect(new Set(await ask(4))).toEqual(new Set([web2]));
  });

  test('a container has a table of its own, reached by its namespace', async () => {
    const inside =
      '"nsenter --net=$(docker inspect -f {{.NetworkSettings.SandboxKey}} web-2) ipvsadm"';
    const before = await table();
    const own = await machine().type(`lb=${inside}
$lb -R <<'END'
-A -t 10.9.9.9:80 -s wrr
-a -t 10.9.9.9:80 -r 10.9.9.1:80 -m -w 2
-a -t 10.9.9.9:80 -r 10.9.9.2:80 -m -w 2
END
drain out 10.9.9.1 ${quick} --ipvsadm "$lb" >/dev/null
$lb -Sn
`);
    expect(own).toContain('-r 10.9.9.1:80 -m -w 0');
    expect(await table()).toEqual(before);
  });
});

const quick = '--over 4s --settle 1s';
const startTimes = "docker inspect -f '{{.State.StartedAt}}' web-1 web-2";
