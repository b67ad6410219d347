import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import { type ConfEdit, editFiles } from '../../../../src/files/keepalived/edit.ts';
import { parseConf } from '../../../../src/files/keepalived/tree.ts';

const service = 'tcp/10.0.1.100:80' as ServiceKey;
const old = '10.0.2.11:8080' as ServerKey;
const added = '10.0.2.12:8081' as ServerKey;
const path = '/etc/keepalived/keepalived.conf';

const conf = `! one
virtual_server 10.0.1.100 80 {
  protocol TCP
  real_server 10.0.2.11 8080 {   # web1
    weight 100
    TCP_CHECK {
      connect_ip 10.0.2.11
      connect_port 8080
      connect_timeout 1
    }
    FILE_CHECK {
      track_file web1
    }
  }
  real_server 10.0.2.13 8080 { weight 50 }
} # end
`;

function edit(text: string, ...edits: readonly ConfEdit[]): string {
  const made = editFiles([{ path, conf: parseConf(text, 'main') }], edits, 'main');
  return made.ok
    ? (made.value[0]?.conf.text ?? '')
    : `${made.failure.kind}: ${made.failure.what} (${made.failure.where})`;
}

const to = (weight: number, server = old): ConfEdit => ({
  kind: 'set-weight',
  service,
  server,
  weight,
});

describe('an edit of keepalived.conf', () => {
  it('sets the number of a weight and nothing else', () => {
    expect(edit(conf, to(0))).toBe(conf.replace('weight 100', 'weight 0'));
    expect(edit(conf, to(7, '10.0.2.13:8080' as ServerKey))).toBe(
      conf.replace('weight 50', 'weight 7'),
    );
    expect(edit(conf, to(100))).toBe(conf);
  });

  it('puts a server behind the one whose block it is like, with its own address, and no track file', () => {
    expect(
      edit(conf, { kind: 'insert-server', service, server: added, weight: 9, like: old }),
    ).toBe(
      conf.replace(
        '  real_server 10.0.2.13',
        `  real_server 10.0.2.12 8081 {
    weight 9
    TCP_CHECK {
      connect_ip 10.0.2.12
      connect_port 8081
      connect_timeout 1
    }
  }
  real_server 10.0.2.13`,
      ),
    );
  });

  it('takes a block out with the lines that it has for itself', () => {
    expect(
      edit(conf, { kind: 'remove-server', service, server: '10.0.2.13:8080' as ServerKey }),
    ).toBe(conf.replace('  real_server 10.0.2.13 8080 { weight 50 }\n', ''));
  });

  it('names a track file before the service, and has the server checked by it', () => {
    const text = conf.replace(/ {4}FILE_CHECK \{\n.*\n {4}\}\n/, '');
    expect(
      edit(text, { kind: 'track-file', service, server: old, name: 'web1', path: '/var/lib/w' }),
    ).toBe(
      text
        .replace(
          'virtual_server',
          'track_file web1 {\n  file "/var/lib/w"\n  weight 1\n}\nvirtual_server',
        )
        .replace('# web1\n', '# web1\n    FILE_CHECK {\n      track_file web1\n    }\n'),
    );
  });

  it('writes a weight where there is none, on a line of its own', () => {
    const bare = conf.replace('{ weight 50 }', '{ }');
    expect(edit(bare, to(7, '10.0.2.13:8080' as ServerKey))).toBe(
      conf.replace('{ weight 50 }', '{\n    weight 7\n  }'),
    );
  });

  it('keeps the ends of the lines that a file has, also its last one', () => {
    const dos = conf.trimEnd().replaceAll('\n', '\r\n');
    const made = edit(dos, { kind: 'insert-server', service, server: added, weight: 9, like: old });
    expect(made).not.toMatch(/[^\r]\n/);
    expect(made.endsWith('} # end')).toBe(true);
  });
});

describe('what is not written out', () => {
  it.each([
    ['    weight $W', '5:5', 'this weight is not a number alone'],
    ['    @main weight 100', '5:5', 'this weight is not a number alone'],
    ['    @other weight 100', '5:5', 'this line depends on a condition'],
    ['    include weights.conf', '5:5', 'another file is included here'],
    ['    $WEIGHT', '5:5', 'this line is made of $WEIGHT'],
    ['    weight 1\n    weight 2', '6:5', 'the weight of 10.0.2.11:8080 is written twice'],
  ])('is refused where it stands: %j', (line, place, what) => {
    expect(edit(conf.replace('    weight 100', line), to(0))).toBe(
      `preflight: the configuration cannot be edited here: ${what} (${path}:${place})`,
    );
  });

  it.each([
    [
      / {2}protocol TCP/,
      '  include servers/*.conf\n  protocol TCP',
      '3:3',
      'another file is included here',
    ],
    [/ {2}protocol TCP/, '  protocol TCP\n  $SERVERS', '4:3', 'this line is made of $SERVERS'],
    [
      / {2}protocol TCP/,
      '  ~SEQ(I,1,3) x\n  protocol TCP',
      '3:3',
      'this line is repeated with other values',
    ],
    [
      /10\.0\.1\.100 80/,
      'group WEB',
      '2:1',
      `this virtual_server has the addresses of a group, and ${service} is written nowhere`,
    ],
    [
      / {2}protocol TCP\n/,
      '',
      '2:1',
      `the address or protocol of this virtual_server is not written out, and ${service} is written nowhere`,
    ],
    [
      /^! one/,
      '$OPEN=virtual_server {',
      '1:1',
      'this definition opens a block that it does not close, or the other way round',
    ],
    [/^! one/, '}', '1:1', 'this } closes nothing'],
    [/^! one/, 'x {', '1:3', 'this { is never closed'],
    [/^! one/, '{ }', '1:1', 'this { opens no block of a keyword'],
    [
      /^! one/,
      `! ${'x'.repeat(1030)}`,
      '1:1024',
      'keepalived reads what is here, in the 1024th byte of a line, as another line',
    ],
  ])(
    'or of which the braces are unclear, in its service or file: %s',
    (found, put, place, what) => {
      expect(edit(conf.replace(found, put), to(0))).toBe(
        `preflight: the configuration cannot be edited here: ${what} (${path}:${place})`,
      );
    },
  );

  it('is refused as a model, where a check speaks of the address in words', () => {
    const script = conf.replace(/connect_timeout 1/, 'path "http://10.0.2.11:8080/"');
    expect(
      edit(script, { kind: 'insert-server', service, server: added, weight: 9, like: old }),
    ).toContain(`has its address here (${path}:9:12)`);
  });

  it('is refused to be emptied: the last server of a service stays', () => {
    const only = edit(conf, { kind: 'remove-server', service, server: old });
    expect(
      edit(only, { kind: 'remove-server', service, server: '10.0.2.13:8080' as ServerKey }),
    ).toContain('10.0.2.13:8080 is the last real server of tcp/10.0.1.100:80');
  });

  it('and what is not there is a mistake of who asks, with what is there', () => {
    expect(edit(conf, to(0, '10.0.9.9:80' as ServerKey))).toBe(
      `usage: the virtual_server ${service} has no real_server 10.0.9.9:80 (${path}:2:1)`,
    );
    expect(edit(conf, { ...to(0), service: 'udp/10.0.1.100:80' as ServiceKey })).toBe(
      `usage: no virtual_server of the configuration is udp/10.0.1.100:80 (${path})`,
    );
  });
});
