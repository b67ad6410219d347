import type { ServerKey } from '../domain/address.ts';
import { type HttpProbe, withoutCredentials } from '../domain/health/gate.ts';
import type { HttpAnswer, TlsSettings } from '../http/exchange.ts';
import type { Gate, GateAnswer } from '../rollout/ports.ts';
import { bodyComplaint } from './body-match.ts';
import { httpGet, statusLine } from './http-get.ts';
import { bounded } from './words.ts';

export interface HttpCheckOptions {
  /** The purpose: a check asks `server`; a gate is about the whole rollout. */
  readonly asks: { readonly kind: 'check'; readonly server: ServerKey } | { readonly kind: 'http' };
  readonly probe: HttpProbe;
  /** The probe's URL, with the server's address in it. */
  readonly url: string;
  /** The URL as the gate's name has it, where that is another: with its placeholders. */
  readonly shown?: string | undefined;
  readonly tls: TlsSettings;
  readonly authorization?: string | undefined;
}

/** The part of a body that is read: a health page is a few words, and the rest is ignored. */
const mostBodyBytes = 65_536;

/** Codes with which a proxy says that it got no answer itself: 502 Bad Gateway, 504 Gateway Timeout. */
const fromProxy: readonly number[] = [502, 504];

/** Asks a URL; passes when the status, and the body where one is wanted, match the options. */
export function createHttpCheck(options: HttpCheckOptions): Gate {
  const { asks, probe, url, shown = url, tls, authorization } = options;
  const get = {
    url: new URL(url),
    tls,
    authorization,
    host: probe.host,
    mostBodyBytes: probe.body ? mostBodyBytes : 0,
  };
  // A server that does not answer its check is not well; a gate that does not has said nothing.
  const isGate = asks.kind === 'http';
  return {
    name: `${asks.kind === 'check' ? 'check' : 'gate-http'} ${bounded(withoutCredentials(shown))}`,
    ...asks,
    ask: async (_about, signal) => {
      const answer = await httpGet(get, signal);
      if (answer.kind !== 'failed') {
        const judged = judge(answer, probe);
        return isGate && !judged.passed && fromProxy.includes(answer.status)
          ? { ...judged, noData: 'no-answer' }
          : judged;
      }
      const { detail } = answer;
      return { passed: false, detail, ...(isGate ? { noData: 'no-answer' } : {}) };
    },
  };
}

function judge(answer: HttpAnswer, probe: HttpProbe): GateAnswer {
  const { status, headers, body, isWholeBody } = answer;
  const line = statusLine(answer);
  if (!probe.status.some(({ from, to }) => status >= from && status <= to)) {
    const { location } = headers;
    const target = location === undefined ? '' : ` to ${bounded(location)}, which is not followed`;
    return { passed: false, detail: bounded(`${line}${target}`) };
  }
  const complaint = probe.body && bodyComplaint(body, probe.body);
  if (complaint === undefined) return { passed: true, detail: line, ...endpointsIn(headers) };
  const part = isWholeBody ? 'body' : `first ${mostBodyBytes / 1024} kB of the body`;
  return {
    passed: false,
    detail: bounded(`${line}, but the ${part} ${complaint}: ${body.trim()}`),
  };
}

/** kube-proxy's answer for a Service with local traffic has its weight: the number of its endpoints there. */
function endpointsIn(headers: HttpAnswer['headers']): Pick<GateAnswer, 'endpoints'> {
  const weight = headers['x-load-balancing-endpoint-weight'];
  return typeof weight === 'string' && /^\d{1,6}$/.test(weight)
    ? { endpoints: Number(weight) }
    : {};
}
