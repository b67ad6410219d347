import {
  canonicalAddress,
  type Protocol,
  parsePort,
  type ServerKey,
  type ServiceKey,
  serverKey,
  serviceKey,
} from '../../domain/address.ts';
import type { Token } from './tokens.ts';
import { type Block, type Conf, type Statement, textOf } from './tree.ts';

/** A `real_server` of a `virtual_server`, as it is written. */
export interface ConfServer {
  /** Absent where its address is none that is written out. */
  readonly key?: ServerKey | undefined;
  readonly statement: Statement;
  readonly block: Block;
}

/** A `virtual_server`, as it is written. */
export interface ConfService {
  /** Absent where its address is none that is written out, as of a group. */
  readonly key?: ServiceKey | undefined;
  readonly statement: Statement;
  readonly block: Block;
  readonly servers: readonly ConfServer[];
}

/** The virtual services of a text of keepalived.conf(5); what it includes is not among them. */
export const confServices = (conf: Conf): readonly ConfService[] =>
  conf.items.flatMap((item) =>
    item.kind === 'statement' && item.block && keywordOf(conf, item) === 'virtual_server'
      ? [serviceOf(conf, item, item.block)]
      : [],
  );

function serviceOf(conf: Conf, statement: Statement, block: Block): ConfService {
  const [, address = '', port] = wordsOf(conf, statement);
  const usualPort = port === undefined ? 0 : parsePort(port);
  const servers = block.items.flatMap((item) =>
    item.kind === 'statement' && item.block && keywordOf(conf, item) === 'real_server'
      ? [serverOf(conf, { statement: item, block: item.block, usualPort })]
      : [],
  );
  if (statement.condition) return { statement, block, servers };
  const key =
    address === 'fwmark'
      ? fwmarkKey(conf, { mark: port ?? '', block, servers })
      : addressKey(conf, { address, port: usualPort, block });
  return { key, statement, block, servers };
}

function addressKey(
  conf: Conf,
  {
    address,
    port,
    block,
  }: { readonly address: string; readonly port: number | undefined; readonly block: Block },
): ServiceKey | undefined {
  const canonical = canonicalAddress(address);
  // Without one, versions of keepalived differ: TCP for some, UDP for others.
  const protocol = protocols[lastValue(conf, block, 'protocol')?.toUpperCase() ?? ''];
  if (canonical === undefined || port === undefined || !protocol) return undefined;
  return serviceKey({ kind: 'address', protocol, address: canonical, port });
}

function fwmarkKey(
  conf: Conf,
  {
    mark,
    block,
    servers,
  }: { readonly mark: string; readonly block: Block; readonly servers: readonly ConfServer[] },
): ServiceKey | undefined {
  if (!/^\d+$/.test(mark)) return undefined;
  const isIPv6 =
    lastValue(conf, block, 'ip_family') === 'inet6' || servers[0]?.key?.startsWith('[') === true;
  return serviceKey({ kind: 'fwmark', mark: Number(mark), family: isIPv6 ? 6 : 4 });
}

function serverOf(
  conf: Conf,
  {
    statement,
    block,
    usualPort,
  }: {
    readonly statement: Statement;
    readonly block: Block;
    readonly usualPort: number | undefined;
  },
): ConfServer {
  const [, address = '', port] = wordsOf(conf, statement);
  const canonical = canonicalAddress(address);
  const number = port === undefined ? usualPort : parsePort(port);
  const isLiteral = canonical !== undefined && number !== undefined && !statement.condition;
  return { statement, block, ...(isLiteral && { key: serverKey(canonical, number) }) };
}

const protocols: Readonly<Record<string, Protocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

/** The statements of a block itself that begin with this word. */
export const statementsOf = (conf: Conf, block: Block, keyword: string): readonly Statement[] =>
  block.items.filter(
    (item): item is Statement => item.kind === 'statement' && keywordOf(conf, item) === keyword,
  );

const lastValue = (conf: Conf, block: Block, keyword: string): string | undefined => {
  const last = statementsOf(conf, block, keyword).at(-1);
  return last && wordsOf(conf, last)[1];
};

export const keywordOf = (conf: Conf, { words }: Statement): string | undefined => {
  const [first] = words;
  return first && textOf(conf, first);
};

export const wordsOf = (conf: Conf, { words }: Statement): readonly string[] =>
  words.map((word: Token) => textOf(conf, word));
