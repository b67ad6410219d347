import { fail, ok, type Result } from '../../domain/failure.ts';
import {
  type BodyMatch,
  type CheckSpec,
  type HttpProbe,
  type StatusRange,
  urlForServer,
  withoutCredentials,
} from '../../domain/health/gate.ts';
import { printable } from '../../domain/printable.ts';
import { usualStatus } from './gate-specs.ts';
import { credentialsComplaint, holdsCredentials, parseWebUrl } from './web-url.ts';

const checkOption = {
  name: '--check',
  example: '--check http://{address}:{port}/healthz, or tcp',
  instead: 'leave them out: a health check has to do without, for example on a path of its own',
};

/**
 * The usual timing of a check. A server that fails or hangs is found out within two intervals, for
 * after a bad answer it is asked again at once.
 */
export const usualTiming = { timeoutMs: 1_000, intervalMs: 3_000, rise: 2, fall: 2 } as const;

/** The value of `--check`: `tcp`, or a URL in which `{address}` and `{port}` stand for the server. */
export function parseCheck(text: string): Result<CheckSpec> {
  const probe = parseProbe(text.trim());
  return probe.ok ? ok({ probe: probe.value, ...usualTiming }) : probe;
}

function parseProbe(text: string): Result<CheckSpec['probe']> {
  if (text === 'tcp') return ok({ kind: 'tcp' });
  const unknown = /\{(?!address\}|port\})[^}]*\}?/.exec(text)?.[0];
  if (unknown !== undefined) return refused(text, `holds ${printable(unknown)}`);
  if (holdsCredentials(text)) return refused(text, credentialsComplaint, checkOption.instead);
  // Any server will do to see whether a URL comes of it.
  const filled = parseWebUrl(urlForServer(text, '10.0.0.1', 80), checkOption);
  if (!filled.ok) return refused(text, 'is neither tcp nor an http:// or https:// URL');
  if (!text.includes('{address}')) {
    return refused(text, 'would ask the same address for every server', sameForAll);
  }
  const probe: HttpProbe = { kind: 'http', url: text, status: usualStatus, tls: usualTls };
  return ok(probe);
}

const usualTls = { insecure: false } as const;

const sameForAll =
  'write {address} where the address of the real server belongs, or use --gate-http for one URL';

function refused(text: string, why: string, next?: string): Result<never> {
  const shown = printable(withoutCredentials(text));
  return fail({
    kind: 'usage',
    what: `--check "${shown}" ${why}`,
    next: next ?? `write it like ${checkOption.example}; {address} and {port} are the server's`,
  });
}

/** `200-299,301` as ranges; `undefined` where it is none of HTTP's codes, 100 to 599. */
export function parseStatusRanges(text: string): readonly StatusRange[] | undefined {
  const ranges = text.split(',').map((part) => {
    const [, from, to = from] = /^\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?$/.exec(part) ?? [];
    return { from: Number(from), to: Number(to) };
  });
  const good = ranges.every(({ from, to }) => from >= 100 && from <= to && to <= 599);
  return good ? ranges : undefined;
}

/** `/^ok$/i` is a pattern, everything else a text to look for; `undefined` for a broken pattern. */
export function parseBodyMatch(text: string): BodyMatch | undefined {
  const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (source === undefined || flags === undefined) return { kind: 'text', text };
  if (/[^imsu]/.test(flags)) return undefined;
  try {
    new RegExp(source, flags);
    return { kind: 'pattern', source, flags };
  } catch {
    return undefined;
  }
}
