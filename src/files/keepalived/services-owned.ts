import { canonicalAddress, parsePort, type ServiceKey, serviceKey } from '../../domain/address.ts';
import { type ConfService, confServices, keywordOf, statementsOf, wordsOf } from './services.ts';
import { type Conf, parseConf, within } from './tree.ts';

/** What a text of keepalived.conf(5) says of itself, without what keepalived makes of it. */
export interface OwnedByConf {
  /**
   * Its virtual services; absent where the text does not say all of them: it includes other files, or names
   * one by a group, a macro or a condition.
   */
  readonly services?: readonly ServiceKey[];
  /** A track_file has an `init_file`, which some releases write over at each start. */
  readonly initsFiles?: true;
}

/** Reads what a text of keepalived.conf(5) owns, for whoever is not to edit it. */
export function ownedByConf(text: string, configId: string): OwnedByConf {
  const conf = parseConf(text, configId);
  const services = servicesIn(conf);
  return { ...(services && { services }), ...(initsFiles(conf) ? { initsFiles: true } : {}) };
}

function servicesIn(conf: Conf): readonly ServiceKey[] | undefined {
  if (conf.faults.length > 0) return undefined;
  for (const item of within(conf.items)) {
    if (item.kind === 'odd' && item.token.kind === 'include') return undefined;
  }
  for (const item of conf.items) {
    const isHidden =
      item.kind === 'odd'
        ? item.token.kind === 'repeat' || item.token.kind === 'skipped'
        : keywordOf(conf, item)?.startsWith('$') === true ||
          (keywordOf(conf, item) === 'virtual_server' && !item.block);
    if (isHidden) return undefined;
  }
  const keys = confServices(conf).map((service) => keysOf(conf, service));
  return keys.some((one) => one === undefined) ? undefined : keys.flatMap((one) => one ?? []);
}

/** The keys that a service may have: without a `protocol` releases differ, UDP for most and TCP for old ones. */
function keysOf(
  conf: Conf,
  { key, statement, block }: ConfService,
): readonly ServiceKey[] | undefined {
  if (key) return [key];
  const [, address = '', port = '0'] = wordsOf(conf, statement);
  const canonical = canonicalAddress(address);
  const number = parsePort(port);
  const isSilent = statementsOf(conf, block, 'protocol').length === 0 && !statement.condition;
  if (canonical === undefined || number === undefined || !isSilent) return undefined;
  return (['udp', 'tcp'] as const).map((protocol) =>
    serviceKey({ kind: 'address', protocol, address: canonical, port: number }),
  );
}

const initsFiles = (conf: Conf): boolean =>
  conf.items.some(
    (item) =>
      item.kind === 'statement' &&
      item.block !== undefined &&
      ['track_file', 'vrrp_track_file'].includes(keywordOf(conf, item) ?? '') &&
      statementsOf(conf, item.block, 'init_file').length > 0,
  );
