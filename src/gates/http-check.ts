import { type HttpProbe, withoutCredentials } from '../domain/gate.ts';
import type { Gate, GateAnswer } from '../rollout/ports.ts';
import { bodyComplaint } from './body-match.ts';
import { type HttpAnswer, httpGet, type TlsSettings } from './http-get.ts';
import { bounded } from './network-failure.ts';

export interface HttpCheckOptions {
  /** `check`, `gate-http`: what its name begins with. */
  readonly label: string;
  readonly probe: HttpProbe;
  /** The probe's URL, with the server's address in it. */
  readonly url: string;
  readonly tls: TlsSettings;
  readonly authorization?: string;
}

/** A health page is a few words; what follows is not looked at. */
const mostBodyBytes = 65_536;

/** Asks a URL; passes when the status, and the body where one is wanted, are as they should be. */
export function createHttpCheck(options: HttpCheckOptions): Gate {
  const { label, probe, url, tls, authorization } = options;
  const get = {
    url: new URL(url),
    tls,
    bodyBytes: probe.body ? mostBodyBytes : 0,
    ...(probe.host === undefined ? {} : { host: probe.host }),
    ...(authorization === undefined ? {} : { authorization }),
  };
  return {
    name: `${label} ${bounded(withoutCredentials(url))}`,
    ask: async (_about, signal) => judge(await httpGet(get, signal), probe),
  };
}

function judge(answer: HttpAnswer, probe: HttpProbe): GateAnswer {
  if (answer.kind === 'failed') return { passed: false, detail: answer.detail };
  const { status, statusLine, location, body, isWholeBody } = answer;
  if (!probe.status.some(({ from, to }) => status >= from && status <= to)) {
    const target = location === undefined ? '' : ` to ${location}, which is not followed`;
    return { passed: false, detail: bounded(`${statusLine}${target}`) };
  }
  const complaint = probe.body && bodyComplaint(body, probe.body);
  if (complaint === undefined) return { passed: true, detail: statusLine };
  const part = isWholeBody ? 'body' : `first ${mostBodyBytes / 1024} kB of the body`;
  return {
    passed: false,
    detail: bounded(`${statusLine}, but the ${part} ${complaint}: ${body.trim()}`),
  };
}
