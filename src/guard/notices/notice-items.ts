import type { GuardEvent } from '../../domain/events/guard-event.ts';
import type { GuardNoticeItem } from '../../domain/events/guard-notice.ts';

/**
 * The items of an event that somebody may want to be told of. A server that an operator, a cluster or a
 * file has out is expected to be down, and wakes nobody.
 */
export function itemsOf(event: GuardEvent): readonly GuardNoticeItem[] {
  const { at, director } = event;
  switch (event.type) {
    case 'server-down':
    case 'server-up': {
      if (event.out !== undefined) return [];
      const group = event.type === 'server-down' ? 'down' : 'up';
      const { service, server, detail } = event;
      return [{ group, at, director, service, server, detail }];
    }
    case 'weights-kept': {
      const { service, servers, least } = event;
      if (event.reason === 'everything-looks-dead') {
        const detail = 'no server answers well, so the check may be wrong; weights are kept';
        return [{ group: 'all-dead', at, director, service, detail }];
      }
      // An agent may ask for a part of the weight only.
      const aim = event.reason === 'min-serving' ? 'go lower, or to weight 0,' : 'go to weight 0';
      const detail = `should ${aim} and stays: ${least} must serve`;
      return servers.map((server) => ({ group: 'floor', at, director, service, server, detail }));
    }
    case 'fallback-in': {
      const detail = `no server answers well: ${event.server} stands in for them`;
      return [{ group: 'all-dead', at, director, service: event.service, detail }];
    }
    case 'alive-again': {
      const detail = 'servers answer well again';
      return [{ group: 'all-dead', at, director, service: event.service, detail, isOver: true }];
    }
    default:
      return [];
  }
}
