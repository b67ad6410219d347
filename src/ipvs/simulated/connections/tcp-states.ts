/** A TCP segment as the director sees it; the first that applies of RST, SYN, FIN, ACK. */
export type Segment = 'syn' | 'fin' | 'ack' | 'rst';

/**
 * The way of a segment: from the client; from the server; from the client when the server's packets
 * pass the director by.
 */
export type Direction = 'in' | 'out' | 'in-only';

export const tcpStates = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'SYNACK',
] as const;

export type TcpState = (typeof tcpStates)[number];

const short = {
  NO: 'NONE',
  ES: 'ESTABLISHED',
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  FW: 'FIN_WAIT',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  LI: 'LISTEN',
  SA: 'SYNACK',
} as const satisfies Record<string, TcpState>;

/** ip_vs_proto_tcp.c. Read: in the state of the column, such a segment leads to the state below it. */
const transitions: Readonly<Record<Direction, Readonly<Record<Segment, string>>>> = {
  //      NO ES SS SR FW TW CL CW LA LI SA
  in: {
    syn: 'SR ES ES SR SR SR SR SR SR SR SR',
    fin: 'CL CW SS TW TW TW CL CW LA LI TW',
    ack: 'ES ES SS ES FW TW CL CW CL LI ES',
    rst: 'CL CL CL SR CL CL CL CL LA LI SR',
  },
  out: {
    syn: 'SS ES SS SR SS SS SS SS SS LI SR',
    fin: 'TW FW SS TW FW TW CL TW LA LI TW',
    ack: 'ES ES SS ES FW TW CL CW LA ES ES',
    rst: 'CL CL SS CL CL TW CL CL CL CL CL',
  },
  'in-only': {
    syn: 'SR ES ES SR SR SR SR SR SR SR SR',
    fin: 'CL FW SS TW FW TW CL CW LA LI TW',
    ack: 'ES ES SS ES FW TW CL CW CL LI ES',
    rst: 'CL CL CL SR CL CL CL CL LA LI CL',
  },
};

type Row = Readonly<Record<TcpState, TcpState>>;

const next = mapValues(transitions, (bySegment) => mapValues(bySegment, parseRow));

/** `nextTcpState('ESTABLISHED', 'in', 'fin')` is `CLOSE_WAIT`. */
export function nextTcpState(state: TcpState, direction: Direction, segment: Segment): TcpState {
  return next[direction][segment][state];
}

/** The states that count as ActiveConn. */
export function isActive(state: TcpState): boolean {
  return (
    state === 'ESTABLISHED' || state === 'SYN_SENT' || state === 'SYN_RECV' || state === 'SYNACK'
  );
}

function parseRow(row: string): Row {
  const codes = row.split(' ') as (keyof typeof short)[];
  const entries = codes.map((code, index) => [tcpStates[index], short[code]]);
  return Object.fromEntries(entries) as Row;
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  map: (value: From) => To,
): Readonly<Record<Key, To>> {
  const entries = Object.entries(record) as [Key, From][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value)])) as Record<Key, To>;
}
