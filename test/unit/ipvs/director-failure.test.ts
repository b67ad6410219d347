import { describe, expect, it } from 'vitest';
import type { CommandResult } from '../../../src/rollout/ports.ts';
import { end, exited, first, scripted, web } from '../../support/scripted-director.ts';

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
    const { director } = scripted(exited(end, `\x1b[2J${'x'.repeat(100_000)}\n`));
    const result = await director.snapshot();
    const what = result.ok ? '' : result.failure.what;
    expect(what).toContain('\\x1b[2J');
    expect(what.length).toBeLessThan(500);
  });

  it('is not what sudo thinks of the host name', async () => {
    const { director } = scripted(
      exited(end, 'sudo: unable to resolve host lb1: Name or service not known\n'),
    );
    expect((await director.sample([])).ok).toBe(true);
  });
});
