import { assertNever } from '../assert-never.ts';
import type { GateSpec } from './gate.ts';

/** The servers and services of a rollout, as its events write them. */
export interface GateValues {
  readonly new: readonly string[];
  readonly old: readonly string[];
  readonly service: readonly string[];
}

const names = ['new', 'old', 'service'] as const;

/** The placeholders of queries, URLs and words of gates, as they stand between braces. */
export const gatePlaceholders: readonly string[] = names.flatMap((name) => [name, `${name}|regex`]);

/** A placeholder in a text; `${new}`, `%{new}` and `{{new}}` are the text's own. */
const placeholder = /(?<![$%{\\])\{(new|old|service)(\|regex)?\}(?!\})/g;

/**
 * A text with its placeholders filled: `{new}` is `10.0.0.2:80,10.0.0.3:80`, and `{new|regex}` matches any
 * of them and nothing else: `10[.]0[.]0[.]2:80|10[.]0[.]0[.]3:80`, in every kind of quotes.
 */
export const fillGateText = (text: string, values: GateValues): string =>
  text.replace(placeholder, (_, name: keyof GateValues, regex: string | undefined) =>
    regex ? values[name].map(escaped).join('|') : values[name].join(','),
  );

/** Classes instead of backslashes, which would need other ones in a string of PromQL. */
const escaped = (text: string): string => text.replace(/[.[*+?(){}|^$\\]/g, '[$&]');

/** Whether a gate names the new, or the old servers. */
export const namesSide = (spec: GateSpec, side: 'new' | 'old'): boolean =>
  ('compare' in spec && spec.compare !== undefined) ||
  textsOf(spec).some((text) => [...text.matchAll(placeholder)].some(([, name]) => name === side));

/** The texts of a gate in which placeholders are filled. */
function textsOf(spec: GateSpec): readonly string[] {
  switch (spec.kind) {
    case 'command':
      return spec.words;
    case 'http':
      return [spec.url];
    case 'prometheus':
      return [spec.query];
    default:
      return assertNever(spec);
  }
}
