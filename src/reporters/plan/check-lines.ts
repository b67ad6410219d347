import { type CheckSpec, withoutCredentials } from '../../domain/health/gate.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import { printable } from '../../domain/printable.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { wrapWords } from '../text/wrap-words.ts';
import { askedText } from './gate-terms.ts';

/** Says what is asked of the new servers and of the gates, and when, or that nobody is asked. */
export function checkLines(
  plan: Plan,
  {
    width,
    isSimulated = false,
  }: { readonly width: number; readonly isSimulated?: boolean | undefined },
): readonly string[] {
  const { gates } = plan;
  const own = (gates?.gates ?? []).map(askedText);
  const hasNew = maintenanceOf(plan) !== 'out';
  const asked = [
    ...own,
    ...(hasNew && mayCarryTcp(plan) && !plan.policy.skipsIpvsGate ? ['IPVS itself'] : []),
  ];
  const texts = [
    ...(hasNew ? [`Check: ${checkWords(plan, isSimulated)}.`] : []),
    ...(own.length > 0 ? [`Gates before each step: ${asked.join(', ')}.`] : []),
    ...(own.length === 0 && hasNew
      ? [`Gates: ${asked.length > 0 ? 'none but IPVS itself' : 'none'}.`]
      : []),
  ];
  return texts.flatMap((text) => wrapWords(text, { columns: width, rest: '  ' }));
}

function checkWords(plan: Plan, isSimulated: boolean): string {
  const check = plan.gates?.check;
  if (check) return `${probeText(check)} of each new server, all through`;
  if (maintenanceOf(plan)) return 'none (--check asks each server before it gets weight)';
  if (plan.move === 'weight' && !fillsAny(plan))
    return 'none, for each server has weight already (--check asks them all through)';
  if (plan.policy.skipsConnect) return 'none (--no-check)';
  if (!hasTcp(plan)) return 'none, for no service is TCP (--check asks a URL all through)';
  if (isSimulated)
    return 'none, for nobody connects to simulated servers (--check asks a URL all through)';
  return 'a TCP connect to each new server before the first step, where it can be reached from here (--no-check leaves it out)';
}

const probeText = ({ probe }: CheckSpec): string =>
  probe.kind === 'tcp' ? 'a TCP connect' : printable(withoutCredentials(probe.url), 600);

/** Whether a server that has no weight gets some. */
const fillsAny = (plan: Plan): boolean =>
  servicesOf(plan).some(({ baseline, servers, newServers, finalWeights }) =>
    newServers.some(
      (server) =>
        findServer(baseline, server)?.weight === 0 && finalWeights[servers.indexOf(server)] !== 0,
    ),
  );

const servicesOf = ({ directors }: Plan) => directors.flatMap(({ services }) => services);

const hasTcp = (plan: Plan): boolean =>
  servicesOf(plan).some(
    ({ baseline: { address } }) => address.kind === 'address' && address.protocol === 'tcp',
  );

const mayCarryTcp = (plan: Plan): boolean =>
  hasTcp(plan) || servicesOf(plan).some(({ baseline }) => baseline.address.kind === 'fwmark');
