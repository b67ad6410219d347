import { printable } from '../../domain/printable.ts';

/** Text that is HTML already. Only `html` and `trusted` make it. */
export interface Html {
  readonly html: string;
}

export type HtmlPart = Html | string | number | false | undefined | readonly HtmlPart[];

/**
 * html`<b>${name}</b>`: what is put in is text, whatever it looks like, and what cannot be shown is
 * made visible; only what is HTML already stays as it is.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return { html: texts.map((text, index) => text + written(parts[index])).join('') };
}

/** HTML of our own making, without a word from outside. */
export const trusted = (text: string): Html => ({ html: text });

/** More of one text than this says nothing any more. */
const mostCharacters = 600;

function written(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(printable(part, mostCharacters));
  return 'html' in part ? part.html : part.map(written).join('');
}

/** Characters that are none have no place in a page (HTML standard: noncharacter-in-input-stream). */
const escaped = (text: string): string =>
  text
    .replace(/\p{Noncharacter_Code_Point}/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
