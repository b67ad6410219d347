import { describe, expect, it } from 'vitest';
import { createDirector } from '../../../src/ipvs/director.ts';
import type { CommandResult, CommandRunner } from '../../../src/rollout/ports.ts';
import { end, exited, first, scripted, web, webPart } from '../../support/scripted-director.ts';

describe('a director that cannot be used', () => {
  const permission = `modprobe: FATAL: Module ip_vs not found in directory /lib/modules/6.1.176
Can't initialize ipvs: Permission denied (you must be root)
Are you sure that IP Virtual Server is built in the kernel or as module?
`;
  const noModule = "Can't initialize ipvs: Protocol not available\n";

  it.each<[string, CommandResult, string, RegExp]>([
    ['without root', exited('', permission, 2), 'preflight', /--ipvsadm 'sudo ipvsadm'/],
    ['without ip_vs', exited('', noModule, 2), 'preflight', /modprobe ip_vs/],
    [
      'without ipvsadm',
      { kind: 'not-started', reason: 'not-found', message: 'spawn ipvsadm ENOENT' },
      'preflight',
      /apt install ipvsadm/,
    ],
    [
      'without ipvsadm behind sudo',
      exited('', 'sudo: ipvsadm: command not found\n', 1),
      'preflight',
      /apt install/,
    ],
    [
      'without ipvsadm behind ip',
      exited('', 'exec of "ipvsadm" failed: No such file or directory\n', 255),
      'preflight',
      /apt install/,
    ],
    [
      'with a sudo that asks',
      exited(
        '',
        'sudo: a terminal is required to read the password\nsudo: a password is required\n',
        1,
      ),
      'preflight',
      /NOPASSWD/,
    ],
    [
      'with an old sudo that asks',
      exited('', 'sudo: no tty present and no askpass program specified\n', 1),
      'preflight',
      /NOPASSWD/,
    ],
    [
      'with a sudo that wants a terminal',
      exited('', 'sudo: sorry, you must have a tty to run sudo\n', 1),
      'preflight',
      /!requiretty/,
    ],
    [
      'with a doas that asks',
      exited('', 'doas: Authentication required\n', 1),
      'preflight',
      /permit nopass/,
    ],
    [
      'in a container without NET_ADMIN',
      exited('', "Can't initialize ipvs: Permission denied (you must be root)\n", 2),
      'preflight',
      /--cap-add NET_ADMIN/,
    ],
    [
      'in a container without ipvsadm',
      exited(
        '',
        'OCI runtime exec failed: exec failed: unable to start container process: exec: "ipvsadm": executable file not found in $PATH: unknown\n',
        127,
      ),
      'preflight',
      /Install ipvsadm in the container's image.*nsenter --net=/,
    ],
    [
      'in a container that is not there',
      exited('', 'Error response from daemon: No such container: lb\n', 1),
      'unreachable',
      /docker ps/,
    ],
    [
      'behind a socket that is not for us',
      exited(
        '',
        'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://x/": dial unix: connect: permission denied\n',
        1,
      ),
      'preflight',
      /sudo docker exec -i/,
    ],
    [
      'in a pod that is not there',
      exited('', 'Error from server (NotFound): pods "lb" not found\n', 1),
      'unreachable',
      /kubectl get pods/,
    ],
    [
      'in a container with a terminal',
      exited('', 'the input device is not a TTY\n', 1),
      'preflight',
      /-i alone/,
    ],
    [
      'without ipvsadm behind a shell',
      exited('', 'sh: 1: ipvsadm: not found\n', 127),
      'preflight',
      /apt install/,
    ],
    [
      'without its namespace',
      exited('', 'Cannot open network namespace "lb": No such file or directory\n', 1),
      'preflight',
      /ip netns list/,
    ],
    [
      'that may not be run',
      { kind: 'not-started', reason: 'not-permitted', message: 'spawn EACCES' },
      'preflight',
      /as root/,
    ],
    ['with garbage', exited('\x1b[31mhello\n'), 'director', /ipvsadm -Ln/],
    ['with an exit code only', exited(end, '', 3), 'director', /-Ln/],
    ['with other messages', exited(end, 'Memory allocation problem\n'), 'director', /-Ln/],
    ['that floods', { kind: 'too-much-output', limitBytes: 9 }, 'director', /wc/],
    ['that hangs', { kind: 'timed-out', afterMs: 9 }, 'director', /-Ln/],
  ])('%s says what to do next', async (_, result, kind, next) => {
    const { director } = scripted(result);
    expect(await director.snapshot()).toMatchObject({
      ok: false,
      failure: {
        kind,
        where: expect.stringContaining('director lb1'),
        next: expect.stringMatching(next),
      },
    });
  });

  it('does not claim unknown changes when ipvsadm never began', async () => {
    const { director } = scripted(exited('', permission, 2));
    const result = await director.apply([{ kind: 'set-weight', service: web, server: first }]);
    expect(result.ok ? '' : result.failure.what).not.toContain('not known');
  });

  it('shows messages of others without their escape sequences', async () => {
    const { director } = scripted(exited('', `\x1b[2J${'x'.repeat(100_000)}\n`));
    const result = await director.snapshot();
    const what = result.ok ? '' : result.failure.what;
    expect(what).toContain('\\x1b[2J');
    expect(what.length).toBeLessThan(500);
  });

  it.each([
    'sudo: unable to resolve host lb1: Name or service not known',
    'sudo: setrlimit(RLIMIT_CORE): Operation not permitted',
    'bash: warning: setlocale: LC_ALL: cannot change locale (en_US.UTF-8)',
    'Defaulted container "lb" out of: lb, sidecar',
    'Unable to use a TTY - input is not a terminal or the right kind of file',
    'bash: /etc/profile.d/corporate.sh: Permission denied',
    'Welcome to lb1. Authorized access only.',
  ])('is not what is said around ipvsadm, when the listing came whole: %s', async (line) => {
    const { director, stdins } = scripted(exited(end, `${line}\n`), exited(webPart, `${line}\n`));
    expect(await director.sample([])).toEqual({ ok: true, value: [] });
    expect(
      await director.apply([{ kind: 'set-weight', service: web, server: first }]),
    ).toMatchObject({
      ok: true,
      value: { services: [{ key: web }] },
    });
    expect(stdins).toHaveLength(2);
  });

  it('has the words of whatever is around ipvsadm where the listing did not come', async () => {
    const { director } = scripted(exited('', 'Welcome to lb1. Authorized access only.\n'));
    expect(await director.snapshot()).toMatchObject({
      ok: false,
      failure: { what: 'sudo ipvsadm: Welcome to lb1. Authorized access only.' },
    });
  });
});

describe('a container that is called without -i', () => {
  const deaf = async (label: string, stderr = '') => {
    const runner: CommandRunner = { label, run: async () => exited('', stderr) };
    return createDirector({ name: 'lb1', runner }).snapshot();
  };

  it.each([
    ['docker exec lb ipvsadm', 'docker exec -i lb ipvsadm'],
    ['ssh root@lb sudo docker exec -u root lb ipvsadm', 'sudo docker exec -i -u root lb ipvsadm'],
    ['kubectl -n lb exec pod -- ipvsadm', 'kubectl -n lb exec -i pod -- ipvsadm'],
  ])('is told so, with the words that mend it: %s', async (label, mended) => {
    expect(await deaf(label, 'Defaulted container "lb" out of: lb, sidecar\n')).toMatchObject({
      ok: false,
      failure: {
        kind: 'preflight',
        what: expect.stringContaining('exec` without -i hands on nothing'),
        next: `Call it with -i: --ipvsadm '${mended}'.`,
      },
    });
  });

  it.each(['docker exec -i lb ipvsadm', 'docker exec --interactive lb ipvsadm', 'sudo ipvsadm'])(
    'is not what is wrong with a command that hears: %s',
    async (label) => {
      expect(await deaf(label)).toMatchObject({
        ok: false,
        failure: { kind: 'director', what: expect.stringContaining('is cut off') },
      });
    },
  );
});
