import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';

/** Returns warnings about what a file asks for and no controller does. */
export function notHeeded({
  defaults,
  bindings,
  writesNodeCondition,
}: Pick<KubeSettings, 'defaults' | 'bindings' | 'writesNodeCondition'>): readonly KubeNoticeBody[] {
  const hasCheck = [defaults, ...bindings].some(({ check = 'auto' }) => typeof check !== 'string');
  return [
    ...(hasCheck ? [warning('check-not-asked', checkMessage)] : []),
    ...(writesNodeCondition ? [warning('condition-not-written', conditionMessage)] : []),
  ];
}

const checkMessage =
  'the checks of the file are not asked: let drain guard look after the same services';
const conditionMessage =
  'the condition DrainedFromLoadBalancers of nodes is not written: drain kube wait NODE tells the same';

const warning = (code: string, message: string): KubeNoticeBody => ({
  type: 'warning',
  code,
  message,
});
