/** `a, b, c and 7 more`; `nothing` for an empty list. Long tables must not fill a terminal. */
export function shortList(items: readonly (string | number)[], most = 6): string {
  if (items.length === 0) return 'nothing';
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
