import type { GivenOptions } from '../../config/options/options.ts';
import { OptionReader } from '../../config/options/read-values.ts';
import {
  examineControllers,
  examineProblems,
  examineReachability,
} from '../../control/kube/examine/examine-cluster.ts';
import { examineRights } from '../../control/kube/examine/examine-rights.ts';
import type { Finding } from '../../domain/failure.ts';
import { listCluster } from '../../kube/look/list-cluster.ts';
import { wantedOf } from '../../kube/wanted/wanted-of.ts';
import type { Environment } from '../environment.ts';
import { type KubeFile, readKubeFile } from '../kube/kube-file.ts';
import { openApi } from '../kube/open-kube.ts';
import { orRefuse } from '../refusal.ts';

/** The file of `--kube`, where it is given. */
export async function readDoctorKube(given: GivenOptions): Promise<KubeFile | undefined> {
  const file = new OptionReader(given).text('kube');
  return file === undefined ? undefined : orRefuse(await readKubeFile(file));
}

/** What stands in the way of `drain kube` with this file, from here. Changes nothing. */
export async function examineKube(
  env: Environment,
  { settings }: KubeFile,
  nowMs: number,
): Promise<readonly Finding[]> {
  const api = await openApi(env, settings);
  const rights = await examineRights(api, settings);
  const listed = await listCluster({ api, namespaces: settings.namespaces });
  if (!listed.ok) {
    const { what: message, kind, next } = listed.failure;
    const advice = next === undefined ? {} : { next };
    return [...rights, { severity: 'error', code: 'kube-api', kind, message, ...advice }];
  }
  const wanted = wantedOf(settings, listed.value, { nowMs });
  return [
    ...rights,
    ...examineProblems(wanted),
    ...examineControllers(listed.value, wanted),
    ...(await examineReachability(wanted, { createCheck: env.guardChecks.create })),
  ];
}
