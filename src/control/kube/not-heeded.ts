import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';

/** Returns warnings about what a file asks for and no controller does. */
export function notHeeded({
  writesNodeCondition,
}: Pick<KubeSettings, 'writesNodeCondition'>): readonly KubeNoticeBody[] {
  return writesNodeCondition ? [warning('condition-not-written', conditionMessage)] : [];
}

const conditionMessage =
  'the condition DrainedFromLoadBalancers of nodes is not written: drain kube wait NODE tells the same';

const warning = (code: string, message: string): KubeNoticeBody => ({
  type: 'warning',
  code,
  message,
});
