import { Resolver } from 'node:dns/promises';
import { onAbort } from '../../clock/on-abort.ts';
import { formatHostPort, serverKey } from '../../domain/address.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { DnsQuestion } from '../../domain/health/guard.ts';
import type { Gate, GateAnswer } from '../../rollout/ports.ts';
import { bounded, waitedSince } from '../words.ts';

/** The limit of the resolver itself, which the caller's own always comes before. */
const neverMs = 3_600_000;

/** Passes when the server itself answers a question with a record of the type, or with the one wanted. */
export function createDnsCheck(question: DnsQuestion, address: string, port: number): Gate {
  const server = formatHostPort(address, port);
  return {
    name: `check dns ${server} ${question.name}`,
    kind: 'check',
    server: serverKey(address, port),
    ask: (_about, signal) => askOnce(question, server, signal),
  };
}

async function askOnce(
  { name, type, answer }: DnsQuestion,
  server: string,
  signal: AbortSignal,
): Promise<GateAnswer> {
  if (signal.aborted) return { passed: false, detail: 'given up before it was asked' };
  const begunMs = performance.now();
  // One question a check: a lost packet is a bad answer, of which `fall` in a row are needed.
  const resolver = new Resolver({ timeout: neverMs, tries: 1 });
  resolver.setServers([server]);
  const forget = onAbort(signal, () => resolver.cancel());
  try {
    const records = (await recordsOf(resolver, name, type)).map(textOf);
    if (answer === undefined || records.includes(answer)) {
      return { passed: records.length > 0, detail: bounded(`${type}: ${records.join(', ')}`) };
    }
    return { passed: false, detail: bounded(`no ${type} ${answer}, but ${records.join(', ')}`) };
  } catch (error) {
    const detail = signal.aborted
      ? `no answer within ${waitedSince(begunMs)}`
      : wordsOf(error as NodeJS.ErrnoException, name, type);
    return { passed: false, detail };
  } finally {
    forget();
  }
}

async function recordsOf(
  resolver: Resolver,
  name: string,
  type: DnsQuestion['type'],
): Promise<readonly unknown[]> {
  switch (type) {
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    case 'CNAME':
      return resolver.resolveCname(name);
    case 'NS':
      return resolver.resolveNs(name);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
    case 'SOA':
      return [(await resolver.resolveSoa(name)).nsname];
    default:
      return assertNever(type);
  }
}

const textOf = (record: unknown): string => String(record);

/** The error of a resolver in the words of RFC 1035 and RFC 2308. */
function wordsOf({ code, message }: NodeJS.ErrnoException, name: string, type: string): string {
  switch (code) {
    case 'ENOTFOUND':
      return bounded(`NXDOMAIN: it knows no ${name}`);
    case 'ENODATA':
      return bounded(`${name} has no ${type} there`);
    case 'ESERVFAIL':
      return 'SERVFAIL';
    case 'EREFUSED':
      return 'REFUSED';
    case 'ECONNREFUSED':
      return 'nobody answers on its port';
    default:
      return bounded(code ?? message);
  }
}
