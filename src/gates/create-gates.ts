import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { serverKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import {
  type CheckSpec,
  type GateSpec,
  type TlsSpec,
  urlForServer,
} from '../domain/health/gate.ts';
import { fillGateText, type GateValues } from '../domain/health/gate-placeholders.ts';
import { printable } from '../domain/printable.ts';
import type { TlsSettings } from '../http/exchange.ts';
import type { Gate } from '../rollout/ports.ts';
import { gateAuthorization } from './gate-authorization.ts';
import { createHttpCheck } from './http-check.ts';
import { createTcpCheck } from './tcp-check.ts';

/** A real server as a health check reaches it, not by way of the virtual service. */
export interface CheckedServer {
  readonly address: string;
  readonly port: number;
}

/**
 * The gates of a check, one for each server, in the servers' order: `check
 * http://10.0.0.2:80/healthz`, `check tcp 10.0.0.2:80`.
 */
export async function createChecks(
  { probe }: CheckSpec,
  servers: readonly CheckedServer[],
): Promise<Result<readonly Gate[]>> {
  const needsPort = probe.kind === 'tcp' || probe.url.includes('{port}');
  const portless = servers.find(({ port }) => needsPort && port === 0);
  if (portless) return fail(noPort(portless.address));
  if (probe.kind === 'tcp') {
    return ok(servers.map(({ address, port }) => createTcpCheck(address, port)));
  }
  const tls = await loadTls(probe.tls);
  if (!tls.ok) return tls;
  return ok(
    servers.map(({ address, port }) => {
      const url = urlForServer(probe.url, address, port);
      const asks = { kind: 'check', server: serverKey(address, port) } as const;
      return createHttpCheck({ asks, probe, url, tls: tls.value });
    }),
  );
}

const noValues: GateValues = { new: [], old: [], service: [] };

/** Gates about the whole rollout, in the order of the specs, with these values in their placeholders. */
export async function createGates(
  specs: readonly GateSpec[],
  values = noValues,
): Promise<Result<readonly Gate[]>> {
  const authorization = gateAuthorization();
  if (!authorization.ok) return authorization;
  const gates: Gate[] = [];
  for (const spec of specs) {
    const gate = await createGate(spec, { values, authorization: authorization.value });
    if (!gate.ok) return gate;
    gates.push(gate.value);
  }
  return ok(gates);
}

async function createGate(
  spec: GateSpec,
  {
    values,
    authorization,
  }: { readonly values: GateValues; readonly authorization: string | undefined },
): Promise<Result<Gate>> {
  const fill = (text: string): string => fillGateText(text, values);
  switch (spec.kind) {
    // Loaded when needed: most rollouts start without a library for processes or schemas.
    case 'command': {
      const { commandExists } = await import('../processes/find-command.ts');
      const [file, ...args] = spec.words;
      const words = [fill(file), ...args.map(fill)] as const;
      if (!(await commandExists(words[0]))) return fail(noCommand(words[0]));
      const { createCommandGate } = await import('./command-gate.ts');
      return ok(createCommandGate(words, { shown: spec.words }));
    }
    case 'prometheus': {
      // Asked of the other side, what names the new servers names the old ones.
      const old = fillGateText(spec.query, { ...values, new: values.old });
      const queries = { new: fill(spec.query), old };
      const { createPrometheusGate } = await import('./prometheus-gate.ts');
      return ok(createPrometheusGate(spec, { queries, authorization }));
    }
    case 'http': {
      const tls = await loadTls(spec.tls);
      if (!tls.ok) return tls;
      const url = fill(spec.url);
      if (!URL.canParse(url)) return fail(noUrl(spec.url, url));
      const gate = {
        asks: { kind: 'http' },
        probe: spec,
        url,
        shown: spec.url,
        tls: tls.value,
        authorization,
      } as const;
      return ok(createHttpCheck(gate));
    }
    default:
      return assertNever(spec);
  }
}

/** Reads what a TLS connection needs. */
export async function loadTls({
  insecure,
  caFile,
  serverName,
}: TlsSpec): Promise<Result<TlsSettings>> {
  if (caFile === undefined) return ok({ insecure, serverName });
  try {
    const ca = await readFile(caFile, 'utf8');
    const certificates = ca.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
    if (certificates === null) return fail(unusableCa(caFile, 'it holds no certificate in PEM'));
    // One that cannot be read is left out by TLS without a word, and then no server is trusted.
    for (const certificate of certificates) new X509Certificate(certificate);
    return ok({ insecure, ca, serverName });
  } catch (error) {
    return fail(unusableCa(caFile, error instanceof Error ? error.message : String(error)));
  }
}

const noCommand = (file: string): Failure => ({
  kind: 'usage',
  what: `--gate-command cannot be run: there is no executable "${printable(file)}"`,
  where: '--gate-command',
  next: 'give its path; it is started by itself, not by a shell',
});

const noUrl = (text: string, filled: string): Failure => ({
  kind: 'usage',
  what: `--gate-http ${printable(text)} is ${printable(filled)} in this rollout, which is no URL`,
  where: '--gate-http',
  next: 'write a placeholder of several servers into the path or the query, such as ?servers={new}',
});

const unusableCa = (file: string, why: string): Failure => ({
  kind: 'usage',
  what: `the certificates of ${printable(file)} cannot be used: ${printable(why)}`,
  where: 'check, ca',
  next: 'name a file with the certificates to trust in PEM format',
});

export const noPort = (address: string): Failure => ({
  kind: 'usage',
  what: `${address} has no port of its own in the table (port 0), so a check cannot know it`,
  where: '--check',
  next: 'write the port into the URL: --check http://{address}:8080/healthz',
});
