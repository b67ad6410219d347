import { type Html, type HtmlPart, html } from './html.ts';

export interface Column {
  readonly title: string;
  /** `number`: to the right; `time`: quiet, on one line; `words`: may be long. */
  readonly kind?: 'number' | 'time' | 'words';
}

const classes = { number: 'n', time: 't', words: 'w' } as const;

/** A table that scrolls by itself where it is wider than the window; reachable with the keyboard. */
export function dataTable(
  name: string,
  columns: readonly Column[],
  rows: readonly (readonly HtmlPart[])[],
): Html {
  const classOf = (index: number): string => {
    const kind = columns[index]?.kind;
    return kind ? classes[kind] : '';
  };
  const head = columns.map(
    ({ title }, index) => html`<th scope="col" class="${classOf(index)}">${title}</th>`,
  );
  const body = rows.map(
    (
      row,
    ) => html`<tr>${row.map((cell, index) => html`<td class="${classOf(index)}">${cell}</td>`)}</tr>
`,
  );
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody></table></div>`;
}

/** `2026-11-23 12:00:05`. */
export const dateTime = (atMs: number): string =>
  new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');

/** `12:00:05`. */
export const clockTime = (atMs: number): string => new Date(atMs).toISOString().slice(11, 19);
