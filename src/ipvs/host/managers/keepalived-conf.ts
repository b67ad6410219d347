import {
  canonicalAddress,
  type Protocol,
  parsePort,
  type ServiceKey,
  serviceKey,
} from '../../../domain/address.ts';

/**
 * The services of keepalived.conf(5): `virtual_server 10.0.1.100 80 { … protocol TCP }`. Undefined where
 * the text does not say all of them: it includes other files, or names one by a group or a macro.
 */
export function keepalivedServices(text: string): readonly ServiceKey[] | undefined {
  const words = wordsOf(text);
  const found: ServiceKey[] = [];
  let depth = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '{') depth++;
    else if (word === '}') depth--;
    else if (/^include/.test(word)) return undefined;
    else if (depth === 0 && word === 'virtual_server') {
      const brace = words.indexOf('{', at);
      if (brace < 0) return undefined;
      const services = servicesNamed(words.slice(at + 1, brace), protocolIn(words, brace));
      if (!services) return undefined;
      found.push(...services);
      at = brace - 1;
    }
  }
  return found;
}

/** Words without comments (`#`, `!`) and quotes, braces apart. */
const wordsOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/(^|\s)[#!].*$/, ''))
    .join('\n')
    .replace(/[{}]/g, ' $& ')
    .replaceAll('"', '')
    .split(/\s+/)
    .filter((word) => word !== '');

/** The word behind `protocol` in a block itself, not in one of its own blocks. TCP is usual. */
function protocolIn(words: readonly string[], brace: number): string {
  let depth = 0;
  for (let at = brace; at < words.length; at++) {
    if (words[at] === '{') depth++;
    else if (words[at] === '}' && --depth === 0) break;
    else if (depth === 1 && words[at] === 'protocol') return words[at + 1] ?? '';
  }
  return 'TCP';
}

function servicesNamed(
  [first = '', second = '', ...more]: readonly string[],
  protocol: string,
): readonly ServiceKey[] | undefined {
  if (more.length > 0) return undefined;
  if (first === 'fwmark') {
    const mark = Number(second);
    if (!/^\d+$/.test(second)) return undefined;
    return ([4, 6] as const).map((family) => serviceKey({ kind: 'fwmark', mark, family }));
  }
  const address = canonicalAddress(first);
  const port = parsePort(second);
  const known = protocols[protocol.toUpperCase()];
  if (address === undefined || port === undefined || !known) return undefined;
  return [serviceKey({ kind: 'address', protocol: known, address, port })];
}

const protocols: Readonly<Record<string, Protocol>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };
