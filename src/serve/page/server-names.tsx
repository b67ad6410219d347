import type { VNode } from 'preact';
import { printable } from '../../domain/printable.ts';
import { shortList } from '../../domain/short-list.ts';

/** `10.0.0.1 → 10.0.0.2`. */
export function Servers({
  from,
  to,
}: {
  readonly from: readonly string[];
  readonly to: readonly string[];
}): VNode {
  return (
    <span class="names">
      <b class="old">{printable(shortList(from))}</b>
      {to.length > 0 && (
        <>
          <span aria-hidden="true"> → </span>
          <span class="unseen"> to </span>
          <b class="new">{printable(shortList(to))}</b>
        </>
      )}
    </span>
  );
}
