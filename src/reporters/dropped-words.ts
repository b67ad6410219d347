import { count } from './text/amounts.ts';

/** Says how many lines were dropped, and how many of them were samples. */
export function droppedWords(dropped: { readonly texts: number; readonly minor: number }): string {
  const samples = dropped.minor > 0 ? `, ${dropped.minor} of them samples` : '';
  return `${count(dropped.texts, 'line')} of output before this one dropped${samples}, for nobody read them`;
}
