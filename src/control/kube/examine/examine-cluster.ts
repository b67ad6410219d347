import { type ServerKey, splitServerKey } from '../../../domain/address.ts';
import type { Finding } from '../../../domain/failure.ts';
import { printable, shortList } from '../../../domain/printable.ts';
import type { CheckerDeps } from '../../../guard/checkers.ts';
import type { ClusterSnapshot } from '../../../kube/cluster/cluster.ts';
import { serviceId } from '../../../kube/cluster/names.ts';
import { type AskedServer, askedServers } from '../../../kube/health/asked-servers.ts';
import type { Wanted } from '../../../kube/wanted/wanted.ts';

/** The finalizer of cloud controllers: one that is on a Service of drain's tells of a second controller. */
const cloudFinalizer = 'service.kubernetes.io/load-balancer-cleanup';
/** So many servers are asked for their health, and each for so long. */
const mostAsked = 50;
const patienceMs = 2_000;

/** What the cluster keeps drain from doing: problems of Services, nodes and lines of the file. */
export const examineProblems = ({ problems }: Pick<Wanted, 'problems'>): readonly Finding[] =>
  problems.map(({ reason, message, service }) => ({
    ...{ severity: 'warning', code: reason, message },
    ...(service === undefined ? {} : { service }),
  }));

/** Services of the file's class that somebody else gives addresses as well. */
export function examineControllers(
  { services }: Pick<ClusterSnapshot, 'services'>,
  { owners }: Pick<Wanted, 'owners'>,
): readonly Finding[] {
  return owners.flatMap(
    ({ namespace, name, ingress, ingressNow, finalizers, phase }): Finding[] => {
      if (phase === 'ending' || !services.has(serviceId(namespace, name))) return [];
      const own = new Set(ingress.map(({ ip }) => ip));
      const foreign = ingressNow.filter(({ ip }) => ip === undefined || !own.has(ip));
      if (foreign.length === 0 && !finalizers.includes(cloudFinalizer)) return [];
      const shown = foreign.map(({ ip, hostname }) => printable(ip ?? hostname ?? ''));
      const what = foreign.length > 0 ? `shows ${shortList(shown)}` : `has ${cloudFinalizer}`;
      return [
        {
          ...{ severity: 'warning', code: 'two-controllers' },
          message: `the Service ${printable(serviceId(namespace, name))} ${what}, which is not drain's: another controller serves it too`,
          next: 'give drain a class of its own, and leave serveDefault out',
        },
      ];
    },
  );
}

/** Servers that do not answer their check from here, each question once. */
export async function examineReachability(
  wanted: Pick<Wanted, 'services'>,
  { createCheck }: Pick<CheckerDeps, 'createCheck'>,
): Promise<readonly Finding[]> {
  const targets = new Map<string, AskedServer>();
  for (const service of wanted.services) {
    for (const one of askedServers(service, [])) targets.set(one.target, one);
  }
  const asked = [...targets.values()].slice(0, mostAsked);
  const answers = await Promise.all(asked.map((one) => ask(one, createCheck)));
  const failed = answers.filter(({ passed }) => !passed);
  if (asked.length === 0) return [];
  if (failed.length === 0) {
    const message = `all ${asked.length} servers answer their checks from here`;
    return [{ severity: 'ok', code: 'node-health', message }];
  }
  const said = failed.map(({ asks, detail }) => `${asks}: ${printable(detail)}`);
  return [
    {
      ...{ severity: 'warning', code: 'node-health' },
      message: `${failed.length} of ${asked.length} servers do not answer their checks from here: ${shortList(said)}`,
      next: 'see the way from the director to the nodes, or give the file another check',
    },
  ];
}

async function ask(
  { asks, server, check }: AskedServer,
  createCheck: CheckerDeps['createCheck'],
): Promise<{ readonly asks: string; readonly passed: boolean; readonly detail: string }> {
  const { probe } = check;
  const at = { key: server as ServerKey, ...splitServerKey(server) };
  const gate = await createCheck({ kind: 'probe', probe }, at);
  if (!gate.ok) return { asks, passed: false, detail: gate.failure.what };
  const about = { rollout: 'doctor', step: 0, of: 0, movedFraction: 0, from: [], to: [server] };
  const answer = await gate.value.ask(about, AbortSignal.timeout(patienceMs));
  return { asks, ...answer };
}
