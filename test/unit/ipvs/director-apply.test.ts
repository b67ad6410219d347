import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/ipvs/ipvs.ts';
import type { CommandResult } from '../../../src/rollout/ports.ts';
import {
  end,
  exited,
  first,
  mark,
  scripted,
  second,
  third,
  timeouts,
  web,
  webPart,
  webService,
  wholeTable,
} from '../../support/scripted-director.ts';

describe('a batch of changes', () => {
  const to40: Change = { kind: 'set-weight', service: web, server: first };
  const to10: Change = { kind: 'set-weight', service: web, server: { ...first, weight: 10 } };

  it('is made and read back in one process', async () => {
    const { director, stdins } = scripted(webPart);
    const changes: Change[] = [
      { kind: 'set-scheduler', service: webService },
      to40,
      { kind: 'remove-server', service: web, server: third },
    ];
    expect(await director.apply(changes)).toMatchObject({
      ok: true,
      value: { services: [webService] },
    });
    expect(stdins).toEqual([
      `-E -t 10.0.0.100:80 -s wrr
-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 40 -x 100 -y 50
-d -t 10.0.0.100:80 -r 10.0.0.3:0
-Sn
-Ln -t 10.0.0.100:80
-Ln -t 10.0.0.100:80 --thresholds
-Ln -t 10.0.0.100:80 --persistent-conn
-L --timeout
`,
    ]);
  });

  it('is not made of a server of Local forwarding, which it would turn into direct routing', async () => {
    const { director, stdins } = scripted();
    const local = { ...first, forwarding: 'local' } as const;
    expect(await director.apply([{ kind: 'set-weight', service: web, server: local }])).toEqual({
      ok: false,
      failure: {
        kind: 'preflight',
        what: '10.0.0.1:80 has Local forwarding, which ipvsadm lists but cannot set: an edit would turn it into direct routing, so nothing was changed',
        where: 'director lb1, tcp/10.0.0.100:80',
        next: 'Leave its weight to the program that added it (kube-vip adds such servers).',
      },
    });
    expect(stdins).toEqual([]);
  });

  it('is a failure that tells what stands when a line was refused, although the exit code is 0', async () => {
    const { director } = scripted(exited(webPart, 'No such destination\n'));
    const missing: Change = { kind: 'set-weight', service: web, server: third };
    expect(await director.apply([to40, missing])).toEqual({
      ok: false,
      failure: {
        kind: 'conflict',
        what: 'sudo ipvsadm: No such destination (1 of 2 changes stand, not: -e -t 10.0.0.100:80 -r 10.0.0.3:0 -g -w 1)',
        where: 'director lb1, tcp/10.0.0.100:80',
        next: expect.any(String),
      },
    });
  });

  it.each([
    ['Memory allocation problem\n', 0],
    ['Destination already exists\n', 255],
  ])(
    'that stands in the table that was read back is made, whatever was said: %j, exit code %d',
    async (said, exitCode) => {
      const { director } = scripted(exited(webPart, said, exitCode));
      expect(await director.apply([to40])).toMatchObject({ ok: true });
    },
  );

  it('that does not stand has the words of whoever said something', async () => {
    const { director } = scripted(exited(webPart, 'wrapper: table is read-only\n'));
    expect(await director.apply([to10])).toMatchObject({
      ok: false,
      failure: {
        kind: 'director',
        what: expect.stringMatching(/wrapper: table is read-only \(0 of 1 /),
      },
    });
  });

  it.each<[string, Change]>([
    ['weight', to10],
    ['forwarding method', { ...to40, server: { ...first, forwarding: 'route' } }],
    ['threshold', { ...to40, server: { ...first, upperThreshold: 0 } }],
    ['tunnel', { ...to40, server: { ...second, tunnel: { type: 'ipip' } } }],
    ['new server', { kind: 'add-server', service: web, server: third }],
    ['removal', { kind: 'remove-server', service: web, server: first }],
    ['scheduler', { kind: 'set-scheduler', service: { ...webService, scheduler: 'rr' } }],
    [
      'scheduler flag',
      { kind: 'set-scheduler', service: { ...webService, schedulerFlags: ['flag-1'] } },
    ],
    [
      'persistence',
      { kind: 'set-scheduler', service: { ...webService, persistence: { timeoutS: 60 } } },
    ],
  ])('is a conflict when the read-back does not show its %s', async (_, change) => {
    const { director } = scripted(webPart);
    expect(await director.apply([change])).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', what: expect.stringContaining('0 of 1 changes stand') },
    });
  });

  it('stands when the last of several changes of a server stands', async () => {
    const { director } = scripted(webPart);
    expect((await director.apply([to10, to40])).ok).toBe(true);
  });

  it.each<[string, CommandResult, RegExp]>([
    ['was cut off', exited(webPart.slice(0, -60)), /it is not known whether the change stands/],
    ['lacks its end', exited(webPart.replace(end, '')), /cut off.*not known/],
    ['took too long', { kind: 'timed-out', afterMs: 10_000 }, /within 10s; it is not known/],
    ['was killed', { kind: 'killed', signal: 'SIGKILL', stderr: '' }, /SIGKILL; it is not known/],
    ['stopped at a line', exited('', 'illegal weight specified\n', 2), /illegal weight.*not known/],
  ])('of which nobody knows what stands says so when the output %s', async (_, result, what) => {
    const { director } = scripted(result);
    expect(await director.apply([to40])).toMatchObject({
      ok: false,
      failure: { kind: 'director', where: expect.stringMatching(/^director lb1/) },
    });
    const again = await scripted(result).director.apply([to40]);
    expect(again.ok ? '' : again.failure.what).toMatch(what);
  });

  it('that is empty is still one process, and changes nothing', async () => {
    const { director, stdins } = scripted(end);
    expect(await director.apply([])).toMatchObject({ ok: true, value: { services: [], timeouts } });
    expect(stdins).toEqual(['-L --timeout\n']);
  });

  it('that adds a tunnel to a service without one reads the tunnel options back', async () => {
    const { director, stdins } = scripted(wholeTable, '');
    await director.snapshot();
    await director.apply([{ kind: 'add-server', service: mark, server: second }]);
    expect(stdins[1]).toContain('\n-Sn\n');
  });
});
