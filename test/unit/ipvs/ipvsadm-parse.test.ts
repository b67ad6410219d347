import { describe, expect, it } from 'vitest';
import { parseListings } from '../../../src/ipvs/ipvsadm-parse.ts';

const plainTitle = `Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`;
const rateTitle = `Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS
  -> RemoteAddress:Port
`;

function problemIn(text: string): string {
  const parsed = parseListings(text);
  return parsed.ok ? 'no problem' : `${parsed.failure.where}: ${parsed.failure.what}`;
}

describe('a table', () => {
  it('is its services with their attributes and servers', () => {
    const text = `${plainTitle}UDP  [2001:db8::1]:53 mh (mh-port) persistent 300 mask 64 pe sip ops
  -> [2001:db8::2]:53             Tunnel  65535  4294967295 7
`;
    expect(parseListings(text)).toEqual({
      ok: true,
      value: [
        {
          kind: 'plain',
          services: [
            {
              key: 'udp/[2001:db8::1]:53',
              address: { kind: 'address', protocol: 'udp', address: '2001:db8::1', port: 53 },
              scheduler: 'mh',
              schedulerFlags: ['mh-port'],
              persistence: { timeoutS: 300, netmask: '64' },
              engine: 'sip',
              onePacket: true,
              servers: [
                {
                  key: '[2001:db8::2]:53',
                  forwarding: 'tunnel',
                  weight: 65535,
                  activeConn: 4294967295,
                  inActConn: 7,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('has firewall marks as unsigned numbers', () => {
    const parsed = parseListings(
      `${plainTitle}FWM  -1 IPv6 wlc\nFWM  -2147483648 wlc\nFWM  7 rr\n`,
    );
    const [section] = parsed.ok ? parsed.value : [];
    const keys = section?.kind === 'plain' ? section.services.map(({ key }) => key) : [];
    expect(keys).toEqual(['fwm6/4294967295', 'fwm/2147483648', 'fwm/7']);
  });

  it('has abbreviated rates as round numbers', () => {
    const parsed = parseListings(`${rateTitle}FWM  7  217401K  1656M 99999G 184467T 18446744T\n`);
    expect(parsed.ok && parsed.value[0]).toMatchObject({
      services: [
        {
          connectionsPerS: 217_401_000,
          inPacketsPerS: 1_656_000_000,
          outPacketsPerS: 99_999e9,
          inBytesPerS: 184_467e12,
          outBytesPerS: 18_446_744e12,
        },
      ],
    });
  });

  it('may have Windows line ends and blank lines', () => {
    const text = 'Timeout (tcp tcpfin udp): 900 120 300\r\n\r\n';
    expect(parseListings(text)).toMatchObject({ ok: true, value: [{ kind: 'timeouts' }] });
  });
});

describe('no text at all', () => {
  it('is no section: that is what -Sn prints of an empty table', () => {
    expect(parseListings('')).toEqual({ ok: true, value: [] });
  });
});

describe('what is not a listing', () => {
  const server = '  -> 10.0.0.1:80 Masq 1 0 0\n';
  const service = `${plainTitle}TCP  10.0.0.9:80 wrr\n`;

  it.each([
    ['words', 'hello\n', 'line 1 of its output: .*expected the heading of a listing: "hello"'],
    [
      'a server before any service',
      `${plainTitle}${server}`,
      'line 3 .*before any virtual service',
    ],
    ['a server before any heading', server, 'line 1 .*expected the heading'],
    ['a missing column', `${service}  -> 10.0.0.1:80 Masq 1 0\n`, 'line 4 .*whole number in each'],
    ['one column more', `${service}  -> 10.0.0.1:80 Masq 1 0 0 0\n`, 'line 4 .*more columns'],
    ['a negative weight', `${service}  -> 10.0.0.1:80 Masq -1 0 0\n`, 'line 4 .*whole number'],
    ['a weight over 32 bits', `${service}  -> 10.0.0.1:80 Masq 4294967296 0 0\n`, 'whole number'],
    ['a port over 16 bits', `${service}  -> 10.0.0.1:65536 Masq 1 0 0\n`, 'line 4 '],
    ['no IPv4 address', `${service}  -> 10.0.0.256:80 Masq 1 0 0\n`, 'line 4 '],
    ['no IPv6 address', `${service}  -> [fd00:::1]:80 Masq 1 0 0\n`, 'line 4 '],
    [
      'a foreign forwarding method',
      `${service}  -> 10.0.0.1:80 Bypass 1 0 0\n`,
      'Masq, Route, Tunnel or Local',
    ],
    ['a foreign protocol', `${plainTitle}ICMP 10.0.0.9:80 wrr\n`, 'line 3 .*TCP, UDP, SCTP or FWM'],
    ['a service without scheduler', `${plainTitle}TCP  10.0.0.9:80\n`, 'line 3 .*scheduler'],
    ['an unknown attribute', `${plainTitle}TCP  10.0.0.9:80 wrr synproxy\n`, 'unknown attribute'],
    ['mark zero', `${plainTitle}FWM  0 wrr\n`, 'firewall mark'],
    ['a mark over 32 bits', `${plainTitle}FWM  4294967296 wrr\n`, 'firewall mark'],
    [
      'unknown columns',
      'Prot LocalAddress:Port Surprise\n  -> RemoteAddress:Port\n',
      'unknown col',
    ],
    ['a heading that stops', 'Prot LocalAddress:Port Scheduler Flags\n', 'inside its heading'],
    ['a version line alone', 'IP Virtual Server version 1.2.1 (size=4096)\n', 'before its heading'],
    [
      'a version line before a saved table',
      `IP Virtual Server version 1.2.1 (size=4096)\n-A -t 10.0.0.1:80 -s rr\n`,
      'line 2 ',
    ],
    ['two timeouts', 'Timeout (tcp tcpfin udp): 900 120\n', 'three timeouts'],
    ['a saved server without its service', '-a -t 10.0.0.9:80 -r 10.0.0.1:80 -m -w 1\n', 'line 1 '],
    [
      'a saved server of another service',
      '-A -t 10.0.0.9:80 -s rr\n-a -t 10.0.0.9:8080 -r 10.0.0.1:80 -m -w 1\n',
      'line 2 ',
    ],
    [
      'a saved server without weight',
      '-A -f 1 -s rr\n-a -f 1 -r 10.0.0.1:80 -m\n',
      'line 2 .*weight',
    ],
    ['an unknown saved option', '-A -f 1 -s rr --new\n', 'line 1 .*unknown option'],
    ['__proto__', '__proto__\n', 'line 1 '],
  ])('fails with line and reason: %s', (_, text, expected) => {
    expect(problemIn(text)).toMatch(new RegExp(expected));
  });

  it('is quoted with its control characters visible', () => {
    expect(problemIn('\x1b]0;owned\x07\n')).toContain('"\\x1b]0;owned\\x07"');
  });

  it('is quoted as it is when it is no ASCII', () => {
    expect(problemIn('🙂🙂 größe\n')).toContain('"🙂🙂 größe"');
    expect(problemIn(`${service}  -> 10.0.0.1:80 Masq 1\u01200 0\n`)).toMatch(/whole number/);
  });

  it('is quoted in part when it is long', () => {
    expect(problemIn(`${'x'.repeat(1_000_000)}\n`).length).toBeLessThan(500);
  });

  it('includes a last line without its end, even when it looks whole', () => {
    expect(problemIn(`${service}  -> 10.0.0.1:80 Masq 1 0 0`)).toMatch(/in the middle of a line/);
    expect(problemIn('Timeout (tcp tcpfin udp): 900 120 3')).toMatch(/in the middle of a line/);
  });

  it('is kept as it is in the connection table, whose other lines are read', () => {
    const good = 'TCP 14:55 ESTABLISHED 10.0.1.2:1 10.0.1.100:80 10.0.2.11:8080';
    const odd: readonly (readonly [string, RegExp])[] = [
      [`${good} more`, /more columns/],
      ['TCP 14:60 ESTABLISHED 1.1.1.1:1 2.2.2.2:2 3.3.3.3:3', /MINUTES:SECONDS/],
      ['TCP 14:55 ESTABLISHED 1.1.1.1:1 2.2.2.2:2', /address/],
    ];
    const section = connectionsIn([good, ...odd.map(([line]) => line), good]);
    expect(section.entries).toHaveLength(2);
    expect(section.unread).toEqual(
      odd.map(([line, problem], index) => ({
        line,
        lineNumber: index + 4,
        problem: expect.stringMatching(problem),
      })),
    );
    expect(problemIn(`${connectionsTitle}${good}\nTCP 14:6`)).toMatch(/in the middle of a line/);
  });
});

describe('a connection', () => {
  it.each([
    ['S-RECEIVED', 'SCTP'],
    ['S-ACK-SENT', 'SCTP'],
    ['C-SENT', 'SCTP'],
    ['C-REPLIED', 'SCTP'],
    ['C-WAIT', 'SCTP'],
    ['C-ECHOED', 'SCTP'],
    ['INIT1', 'SCTP'],
    ['ERR!', 'TCP'],
    ['?', 'TCP'],
    ['SYNACK', 'TCP'],
    ['NONE', 'IP_47'],
  ])('may be in the state %s of the kernel', (state, protocol) => {
    const line = `${protocol} 00:59  ${state} 10.0.1.2:1 10.0.1.100:80 10.0.2.11:8080`;
    expect(connectionsIn([line])).toMatchObject({
      entries: [{ protocol, state, expiresS: 59, server: '10.0.2.11:8080' }],
    });
    expect(connectionsIn([line]).unread).toBeUndefined();
  });

  it('whose timer has run off just now expires at once', () => {
    const line = 'TCP 00:-1 TIME_WAIT 10.0.1.2:1 10.0.1.100:80 10.0.2.11:8080';
    expect(connectionsIn([line]).entries).toMatchObject([{ expiresS: 0 }]);
  });
});

const connectionsTitle = 'IPVS connection entries\npro expire state source virtual destination\n';

function connectionsIn(lines: readonly string[]) {
  const parsed = parseListings(`${connectionsTitle}${lines.join('\n')}\n`);
  const [section] = parsed.ok ? parsed.value : [];
  if (section?.kind !== 'connections') throw new Error('no connections');
  return section;
}
