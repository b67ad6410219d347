import type { GuardNotice, GuardNoticeItem } from '../../domain/events/guard-notice.ts';
import { printable, shortList } from '../../domain/printable.ts';
import { callingNobody } from './calling-nobody.ts';

/** The most items of a notice: a rack that fails is a page, and no book. */
const mostItems = 200;

interface About {
  readonly host: string;
  readonly nowMs: number;
  /** Sets apart notices of the same moment. */
  readonly nonce: string;
}

/** News as a notice. */
export function guardNoticeOf(
  all: readonly GuardNoticeItem[],
  { host, nowMs, nonce }: About,
): GuardNotice {
  const items = all
    .slice(0, mostItems)
    .map((item) => ({ ...item, detail: printable(item.detail, 300) }));
  return {
    v: 1,
    // Without a full stop, which would end it where it is signed.
    id: `msg_guard_${nowMs}_${nonce}`,
    type: 'guard',
    at: new Date(nowMs).toISOString(),
    host,
    failure: all.some(isBad),
    items,
    more: all.length - items.length,
    text: guardNoticeSentence(host, all),
  };
}

const isBad = ({ group, isOver }: GuardNoticeItem): boolean => group !== 'up' && !isOver;

/**
 * News as somebody reads it at night, the worst first:
 *
 *     drain guard on lb1: all dead: tcp/10.0.0.100:80. down: 10.0.0.1:80 in tcp/10.0.0.100:81 (connect
 *     ECONNREFUSED 10.0.0.1:80). up: 10.0.0.7:80 in tcp/10.0.0.100:81.
 */
export function guardNoticeSentence(host: string, items: readonly GuardNoticeItem[]): string {
  const parts = kinds.flatMap(([head, isOfKind, withDetail]) => {
    const own = items.filter(isOfKind);
    if (own.length === 0) return [];
    const names = [...new Set(own.map((item) => subjectOf(item)))];
    const [first] = own;
    const detail =
      withDetail && names.length === 1 && first ? ` (${printable(first.detail, 300)})` : '';
    return [`${head}: ${shortList(names, 5)}${detail}`];
  });
  return callingNobody(`drain guard on ${printable(host)}: ${parts.join('. ')}.`);
}

const kinds: readonly (readonly [string, (item: GuardNoticeItem) => boolean, boolean])[] = [
  ['all dead', ({ group, isOver }) => group === 'all-dead' && !isOver, false],
  ['kept although bad', ({ group }) => group === 'floor', false],
  ['down', ({ group }) => group === 'down', true],
  ['alive again', ({ group, isOver }) => group === 'all-dead' && isOver === true, false],
  ['up', ({ group }) => group === 'up', false],
];

function subjectOf({ service, server, times }: GuardNoticeItem): string {
  const often = times === undefined ? '' : `, turned ${times} times`;
  return server === undefined
    ? `${printable(service)}${often}`
    : `${printable(server)} in ${printable(service)}${often}`;
}
