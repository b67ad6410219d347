import type { Failure, Finding } from '../../domain/failure.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import { there } from './host-view.ts';

/**
 * Findings about a director whose table cannot be listed. Without root ipvsadm complains of the
 * permission even where the module is missing, so the settings, which come with the module and
 * anybody may read, are checked as well.
 */
export function examineUnusable(failure: Failure, facts: HostFacts): readonly Finding[] {
  const { kind, what, where, next } = failure;
  const refused: Finding = {
    severity: 'error',
    code: 'cannot-list',
    kind,
    message: where === undefined ? what : `${what} (${where})`,
    ...(next === undefined ? {} : { next: adviceText(next) }),
  };
  const loaded = facts.sysctls.size > 0;
  const kernel = facts.kernelRelease === undefined ? '' : `, Linux ${facts.kernelRelease}`;
  const saysSo = failure.code === 'no-ip-vs';
  const readable = facts.kernelRelease !== undefined;
  return [
    ...(loaded ? [sound('ip-vs', `ip_vs is in the kernel${kernel}`)] : []),
    ...(facts.ipvsadmVersion === undefined
      ? []
      : [sound('ipvsadm', `ipvsadm is ${facts.ipvsadmVersion}`)]),
    refused,
    ...(readable && !loaded && !saysSo ? [notLoaded(facts)] : []),
  ];
}

const sound = (code: string, message: string): Finding => ({ severity: 'ok', code, message });

const notLoaded = (facts: HostFacts): Finding => ({
  severity: 'error',
  kind: 'preflight',
  code: 'no-ip-vs',
  message: 'the kernel has no net.ipv4.vs settings: ip_vs is not loaded',
  next: `run \`${there({ facts }, 'modprobe ip_vs')}\`, and put ip_vs into /etc/modules`,
});
