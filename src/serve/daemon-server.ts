import { isLoopback } from '../domain/address.ts';
import type { Result } from '../domain/failure.ts';
import { type Answer, textAnswer } from './http/answers.ts';
import { type Listening, listen } from './http/http-server.ts';
import type { RequestPolicy } from './http/request-guard.ts';
import { createExposition } from './metrics/exposition.ts';
import { type Family, gauge } from './metrics/family.ts';

/** A daemon that tells how it is while it works. */
export interface ToldDaemon {
  families(): readonly Family[];
  /** What it does not know yet; nothing when it is ready. */
  unknown(): readonly string[];
}

export interface DaemonServerOptions extends RequestPolicy {
  readonly port: number;
  readonly version: string;
  readonly node: string;
}

/**
 * Serves `/metrics`, `/healthz` and `/readyz` of a daemon. Beyond this machine metrics take a token: without
 * one only the probes are answered there.
 */
export function serveDaemon(
  daemon: ToldDaemon,
  options: DaemonServerOptions,
): Promise<Result<Listening>> {
  const { token, host, version, node } = options;
  const exposition = createExposition();
  const build = gauge('drain_build_info', 'The version of drain, and what it runs on.', [
    { labels: { version, node }, value: 1 },
  ]);
  const mayShow = token !== undefined || isLoopback(host);
  const answer = async (path: string): Promise<Answer> => {
    switch (path) {
      case '/healthz':
        return textAnswer(200, 'ok');
      case '/readyz': {
        const unknown = daemon.unknown();
        return unknown.length === 0
          ? textAnswer(200, 'ok')
          : textAnswer(503, `not known yet: ${unknown.join(', ')}`);
      }
      case '/metrics':
        if (!mayShow) return textAnswer(403, 'metrics beyond this machine take a token');
        return {
          status: 200,
          type: exposition.type,
          body: await exposition.write([build, ...daemon.families()]),
        };
      default:
        return textAnswer(404, 'there is /metrics, /healthz and /readyz');
    }
  };
  return listen({ ...options, answer });
}
