import { describe, expect, it } from 'vitest';
import {
  countsTitle,
  end,
  exited,
  first,
  mark,
  markCounts,
  markPart,
  markPlain,
  markSample,
  markService,
  ratesTitle,
  saved,
  scripted,
  third,
  thresholdsTitle,
  timeouts,
  web,
  webCounts,
  webPart,
  webSample,
  webService,
  webThresholds,
  wholeTable,
} from '../../support/scripted-director.ts';

describe('a snapshot of the whole table', () => {
  it('puts four listings of one process together', async () => {
    const { director, stdins } = scripted(wholeTable);
    expect(await director.snapshot()).toEqual({
      ok: true,
      value: {
        services: [webService, markService],
        samples: new Map([
          [web, webSample],
          [mark, markSample],
        ]),
        timeouts,
        connectionsPerSecond: new Map([
          [web, 123],
          [mark, 4],
        ]),
      },
    });
    expect(stdins).toEqual([
      '-Sn\n-Ln\n-Ln --thresholds\n-Ln --persistent-conn\n-Ln --rate --exact\n-L --timeout\n',
    ]);
  });

  it('leaves out a server that was removed between two of the listings', async () => {
    const later = wholeTable.replace(/ {2}-> 10\.0\.0\.2:80 .*\n/g, '');
    const { director } = scripted(later);
    expect(await director.snapshot()).toMatchObject({
      value: { services: [{ ...webService, servers: [first] }, markService] },
    });
  });

  it('knows Local forwarding, which the saved table prints as direct routing', async () => {
    const local = markPlain.replace('Route', 'Local');
    const { director } = scripted(wholeTable.replace(thresholdsTitle, local + thresholdsTitle));
    expect(await director.snapshot()).toMatchObject({
      value: { services: [webService, { servers: [{ ...third, forwarding: 'local' }] }] },
    });
  });

  it('is empty for an empty table', async () => {
    const { director } = scripted(thresholdsTitle + countsTitle + ratesTitle + end);
    expect(await director.snapshot()).toMatchObject({ ok: true, value: { services: [] } });
  });

  it.each([
    ['thresholds', saved + countsTitle + webCounts + ratesTitle + end],
    ['rate', saved + thresholdsTitle + webThresholds + countsTitle + webCounts + end],
  ])(
    'is a failure, and not a smaller table, without its listing of kind %s',
    async (kind, text) => {
      expect(await scripted(text).director.snapshot()).toMatchObject({
        ok: false,
        failure: { kind: 'director', what: expect.stringContaining(`"${kind}"`) },
      });
    },
  );
});

describe('a snapshot of some services', () => {
  it('has the tunnel options, from the saved table', async () => {
    const { director, stdins } = scripted(webPart);
    expect(await director.snapshot([web, web])).toEqual({
      ok: true,
      value: { services: [webService], samples: new Map([[web, webSample]]), timeouts },
    });
    expect(stdins).toEqual([
      '-Sn\n-Ln -t 10.0.0.100:80\n-Ln -t 10.0.0.100:80 --thresholds\n-Ln -t 10.0.0.100:80 --persistent-conn\n-L --timeout\n',
    ]);
  });

  it('does not list the whole table again for a service that had no tunnel', async () => {
    const { director, stdins } = scripted(wholeTable, markPart);
    await director.snapshot();
    const { engine: _, ...withoutEngine } = markService;
    expect(await director.snapshot([mark])).toEqual({
      ok: true,
      value: { services: [withoutEngine], samples: new Map([[mark, markSample]]), timeouts },
    });
    expect(stdins[1]).toBe(
      '-Ln -f 7\n-Ln -f 7 --thresholds\n-Ln -f 7 --persistent-conn\n-L --timeout\n',
    );
  });

  it('is refused once when a tunnel turned up there, and then has its options', async () => {
    const surprise = markPart.replace('Route  ', 'Tunnel ');
    const { director, stdins } = scripted(wholeTable, surprise, webPart);
    await director.snapshot();
    expect(await director.snapshot([mark])).toMatchObject({
      ok: false,
      failure: { kind: 'conflict', what: expect.stringContaining('fwm/7') },
    });
    await director.snapshot([mark]);
    expect(stdins[2]).toMatch(/^-Sn\n/);
  });

  it('is a conflict when one of them is gone', async () => {
    const { director } = scripted(exited('', 'No such service\n', 1));
    expect(await director.snapshot([web])).toEqual({
      ok: false,
      failure: {
        kind: 'conflict',
        what: 'sudo ipvsadm: No such service',
        where: 'director lb1, tcp/10.0.0.100:80',
        next: expect.stringContaining('look at it again'),
      },
    });
  });
});

describe('a sample', () => {
  it('has weights and counters in the order asked for', async () => {
    const { director, stdins } = scripted(countsTitle + webCounts + countsTitle + markCounts + end);
    expect(await director.sample([mark, web])).toEqual({
      ok: true,
      value: [markSample, webSample],
    });
    expect(stdins).toEqual([
      '-Ln -f 7 --persistent-conn\n-Ln -t 10.0.0.100:80 --persistent-conn\n-L --timeout\n',
    ]);
  });
});

describe('the connection table', () => {
  it('is a list of entries', async () => {
    const text = `IPVS connection entries
pro expire state       source             virtual            destination
TCP 14:45  ESTABLISHED 10.0.1.2:48710     10.0.1.100:80      10.0.2.11:8080
`;
    const { director, stdins } = scripted(text + end);
    expect(await director.connections()).toEqual({
      ok: true,
      value: {
        timeouts,
        entries: [
          {
            protocol: 'TCP',
            expiresS: 885,
            state: 'ESTABLISHED',
            client: { address: '10.0.1.2', port: 48710 },
            virtual: { address: '10.0.1.100', port: 80 },
            server: '10.0.2.11:8080',
          },
        ],
      },
    });
    expect(stdins).toEqual(['-Lnc\n-L --timeout\n']);
  });
});

describe('a line of a connection that drain cannot read', () => {
  const connections = (line: string): string => `IPVS connection entries
pro expire state       source             virtual            destination
${line}
`;
  const looked = (line: string) => scripted(webPart + connections(line) + end).director.look([web]);

  it.each([
    ['of another service', 'DCCP x 10.0.1.2:1 10.0.0.101:53 10.0.0.9:53'],
    ['of another port of the server', 'TCP 1h OPEN 10.0.1.2:1 10.0.0.101:81 10.0.0.1:81'],
    ['of another protocol to the same server', 'SCTP 1h OPEN 10.0.1.2:1 10.0.0.100:80 10.0.0.1:80'],
    ['of nothing at all', 'hello'],
  ])('does not stop whoever asks for a service, where it is %s', async (_, line) => {
    expect(await looked(line)).toMatchObject({ ok: true, value: { connections: { entries: [] } } });
  });

  it('is a failure where it may be one of the service', async () => {
    const line = 'TCP 1h OPEN 10.0.1.2:1 10.0.0.100:80 10.0.0.1:80';
    expect(await looked(line)).toMatchObject({
      ok: false,
      failure: {
        kind: 'director',
        what: expect.stringContaining(line),
        where: expect.stringContaining(web),
      },
    });
  });
});
