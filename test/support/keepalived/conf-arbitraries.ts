import fc from 'fast-check';
import {
  type ServerKey,
  type ServiceKey,
  serverKey,
  serviceKey,
} from '../../../src/domain/address.ts';

/** What a written service says, and how. */
export interface WrittenServer {
  readonly key: ServerKey;
  /** Absent: no weight is written, which is 1. */
  readonly weight: number | undefined;
}

export interface WrittenService {
  readonly key: ServiceKey;
  readonly servers: readonly WrittenServer[];
}

export interface WrittenConf {
  readonly text: string;
  readonly services: readonly WrittenService[];
}

const macro = (name: string): string => `$\{${name}}`;

/** Pieces of which any text is made, with all that means something to keepalived. */
const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '{{',
    '}}',
    '"',
    "'",
    '#',
    '!',
    '\\',
    '\\#',
    '@main',
    '@^main',
    '@other',
    '$',
    '$X=',
    macro('X'),
  ],
  ...[
    '$X=\\',
    '~SEQ(I,1,3)',
    '~LST(A,1,2)',
    'include',
    'include x',
    'includew /a/*',
    'virtual_server',
  ],
  ...[
    'real_server',
    'weight',
    '5',
    '10.0.0.1',
    '80',
    'group',
    'fwmark',
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\r',
  ],
  ...[' ', '\t', '  ', '\f', '\v', '\u00e9', '\u0000'],
);

/** Any text at all, most of it keepalived's own words and signs. */
export const anyConfText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: piece },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    ),
    {
      maxLength: 60,
    },
  )
  .map((pieces) => pieces.join(''));

const octet = fc.integer({ min: 1, max: 254 });
const server = fc
  .tuple(fc.boolean(), octet, fc.integer({ min: 1, max: 65_535 }))
  .map(([isIPv6, last, port]) => ({
    address: isIPv6 ? `fd00::${last.toString(16)}` : `10.0.2.${last}`,
    port,
  }));

interface Layout {
  readonly lineEnd: string;
  readonly indent: string;
  readonly braceBelow: boolean;
  readonly oneLine: boolean;
  readonly comments: boolean;
  readonly noise: string;
}

const layout: fc.Arbitrary<Layout> = fc.record({
  lineEnd: fc.constantFrom('\n', '\n', '\r\n'),
  indent: fc.constantFrom('  ', '\t', '    ', ''),
  braceBelow: fc.boolean(),
  oneLine: fc.boolean(),
  comments: fc.boolean(),
  noise: fc.constantFrom(
    '',
    'global_defs { router_id a }',
    '@main global_defs { router_id main }\n@backup global_defs { router_id b }',
    `$PORT=9000\n$CHECK= \\\nTCP_CHECK { \\\n  connect_port ${macro('PORT')} \\\n}\n`,
    'vrrp_script x { script "/bin/a { # ! b" }',
    '! virtual_server 1.2.3.4 80 {\n# }',
    'include conf.d/*.conf',
  ),
});

const oneService = fc.record({
  last: octet,
  port: fc.integer({ min: 1, max: 65_535 }),
  protocol: fc.constantFrom('TCP', 'UDP', 'SCTP', 'tcp'),
  servers: fc.uniqueArray(
    fc.tuple(server, fc.option(fc.nat({ max: 3000 }), { nil: undefined }), layout),
    { minLength: 1, maxLength: 5, selector: ([{ address, port }]) => `${address} ${port}` },
  ),
});

function serverText(
  { address, port }: { readonly address: string; readonly port: number },
  weight: number | undefined,
  { indent, braceBelow, oneLine, comments }: Layout,
): string[] {
  const note = comments ? ' # {' : '';
  const head = `real_server ${address} ${port}`;
  if (oneLine)
    return [`${indent}${head} { ${weight === undefined ? '' : `weight ${weight} `}}${note}`];
  const weights = weight === undefined ? [] : [`${indent}${indent}weight ${weight}${note}`];
  const check = ['TCP_CHECK {', `${indent}connect_port ${port}`, '}'].map(
    (one) => indent + indent + one,
  );
  const top = braceBelow
    ? [`${indent}${head}${note}`, `${indent}{`]
    : [`${indent}${head} {${note}`];
  return [
    ...top,
    ...(comments ? ['', `${indent}! }`] : []),
    ...weights,
    ...check,
    `${indent}}${note}`,
  ];
}

/** A configuration that is in order, in many layouts, and what it says. */
export const anyWrittenConf: fc.Arbitrary<WrittenConf> = fc
  .record({
    services: fc.uniqueArray(oneService, {
      minLength: 1,
      maxLength: 3,
      selector: ({ last, port }) => `${last} ${port}`,
    }),
    layout,
    endsWithLine: fc.boolean(),
  })
  .map(({ services, layout: { lineEnd, noise, braceBelow }, endsWithLine }) => {
    const lines = services.flatMap(({ last, port, protocol, servers }) => [
      noise,
      ...(braceBelow
        ? [`virtual_server 10.0.1.${last} ${port}`, '{']
        : [`virtual_server 10.0.1.${last} ${port} {`]),
      '  delay_loop 1',
      `  protocol ${protocol}`,
      ...servers.flatMap(([place, weight, own]) => serverText(place, weight, own)),
      '}',
    ]);
    const text = lines.join('\n').replaceAll('\n', lineEnd) + (endsWithLine ? lineEnd : '');
    return {
      text,
      services: services.map(({ last, port, protocol, servers }) => ({
        key: serviceKey({
          kind: 'address',
          protocol: protocol.toLowerCase() as 'tcp' | 'udp' | 'sctp',
          address: `10.0.1.${last}`,
          port,
        }),
        servers: servers.map(([place, weight]) => ({
          key: serverKey(place.address, place.port),
          weight,
        })),
      })),
    };
  });
