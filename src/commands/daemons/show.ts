import type { GivenOptions } from '../../config/options/options.ts';
import { readServeSettings } from '../../config/settings/serve-settings.ts';
import type { DaemonProbes } from '../../daemons/probes.ts';
import type { Failure } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { givenToken } from './given-token.ts';

/** How a daemon shows its metrics and probes; resolves to what ends that. */
export type Show = (probes: DaemonProbes) => Promise<Result<() => Promise<void>>>;

/**
 * Reads where to listen. A port that is taken is a failure where somebody asked for it; the usual one is left
 * to whoever has it, as to another daemon of the kind on the same director.
 */
export async function readShow(
  env: Environment,
  { given, usual }: { readonly given: GivenOptions; readonly usual: string },
  onFailure: (failure: Failure) => void,
): Promise<Show> {
  const { host, port, tokenFile } = orRefuse(readServeSettings(given, usual));
  const token = orRefuse(await givenToken(env, { tokenFile }));
  return async (probes) => {
    const daemon = { families: () => probes.metrics(), unknown: () => probes.unknown() };
    const policy = token === undefined ? { host } : { host, token };
    const listening = await env.daemonServer.start(daemon, { ...policy, port });
    if (listening.ok) {
      listening.value.broken.catch((error: unknown) =>
        onFailure({ kind: 'unreachable', what: `metrics could not be shown: ${error}` }),
      );
      return ok(() => listening.value.close());
    }
    if (given.has('listen')) return listening;
    onFailure(listening.failure);
    return ok(async () => {});
  };
}
