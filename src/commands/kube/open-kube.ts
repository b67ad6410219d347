import type { GivenOptions } from '../../config/options/options.ts';
import type { ToolSettings } from '../../config/settings/settings.ts';
import type { OpenFleet } from '../../control/ports.ts';
import { scopeOf } from '../../control/scope.ts';
import type { Floors } from '../../domain/floor/floor.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterApi } from '../../kube/kube-ports.ts';
import type { Store } from '../../rollout/ports.ts';
import type { Environment } from '../environment.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { placeOfState, readTools } from '../settings.ts';

export interface OpenedKube {
  readonly tools: ToolSettings;
  readonly opened: OpenFleet;
  readonly store: Store;
  /** The capacity that services keep, of the config file. */
  readonly floors: Floors;
}

/** The directors of the command line, else those of the file of `drain kube`, and the state. */
export async function openKube(
  env: Environment,
  given: GivenOptions,
  settings: Pick<KubeSettings, 'directors'> = {},
): Promise<OpenedKube> {
  const { config, tools } = orRefuse(await readTools(given));
  orRefuse(await placeOfState(env, tools, { mayBegin: true }));
  const named = given.has('director') ? undefined : settings.directors;
  const scope = scopeOf({ ...tools, directors: named ?? tools.directors }, config);
  const opened = orRefuse(await env.openDirectors(scope.directors, { paced: false }));
  const store = await env.openStore(tools.state, opened.access);
  return { tools, opened, store, floors: config.floors };
}

/**
 * The API server of a file. Its kubeconfig is obeyed as the file is: whoever may write it chooses what
 * cluster the directors follow, and with `allowExec` which command is run.
 */
export async function openApi(
  env: Environment,
  { access }: Pick<KubeSettings, 'access'>,
): Promise<ClusterApi> {
  if (access.kind === 'kubeconfig') {
    const { readText } = await import('../../config/files/checked-file.ts');
    const read = await readText(access.file, { obeyed: 'named' });
    // What cannot be read at all has its own words below.
    if (!read.ok && read.failure.kind === 'preflight') throw new Refusal([read.failure]);
  }
  return orRefuse(await env.openCluster(access));
}
