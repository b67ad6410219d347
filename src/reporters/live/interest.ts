import { isOver, type LiveService, type LiveView } from './live-view.ts';

/** What somebody wants to see first, where there is no room for all; what is over makes room. */
export function byInterest({ services }: LiveView): readonly LiveService[] {
  const ranks: [LiveService[], LiveService[], LiveService[]] = [[], [], []];
  for (const service of services.values()) ranks[rankOf(service)].push(service);
  return ranks.flat();
}

function rankOf(service: LiveService): 0 | 1 | 2 {
  const leaving = [...service.leaving.values()];
  if (leaving.some((one) => one.kind === 'draining' && one.held)) return 0;
  return isOver(service) ? 2 : 1;
}

/** `… and 12 more: 8 under way, 4 done`. */
export function summaryOfHidden(hidden: readonly LiveService[]): string {
  const done = hidden.filter(isOver).length;
  const open = hidden.length - done;
  const kinds = [...(open > 0 ? [`${open} under way`] : []), ...(done > 0 ? [`${done} done`] : [])];
  return `… and ${hidden.length} more: ${kinds.join(', ')}`;
}
