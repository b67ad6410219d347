import { assertNever } from '../assert-never.ts';

/** `a=b,c!=d,e in (f,g),h,!i`: all of its requirements must hold; none at all selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** `not-in` also holds where the label is not there at all, as the API has it. */
export type LabelRequirement =
  | {
      readonly kind: 'in' | 'not-in';
      readonly key: string;
      readonly values: readonly string[];
    }
  | { readonly kind: 'exists' | 'absent'; readonly key: string };

const labelName =
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/**
 * The label selector of kubectl's `-l`: `role=edge,zone in (a,b),!node-role.kubernetes.io/control-plane`.
 * `undefined` when it is none.
 */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  if (text.trim() === '') return [];
  const requirements = splitOutsideParentheses(text).map((part) => parseRequirement(part.trim()));
  return requirements.every((one) => one !== undefined)
    ? (requirements as LabelSelector)
    : undefined;
}

export const selects = (selector: LabelSelector, labels: ReadonlyMap<string, string>): boolean =>
  selector.every((one) => holds(one, labels.get(one.key)));

function holds(one: LabelRequirement, value: string | undefined): boolean {
  switch (one.kind) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && one.values.includes(value);
    case 'not-in':
      return value === undefined || !one.values.includes(value);
    default:
      return assertNever(one);
  }
}

/** `a in (b,c),d` is `a in (b,c)` and `d`. */
function splitOutsideParentheses(text: string): readonly string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === ',' && depth === 0) {
      parts.push('');
      continue;
    }
    if (character === '(') depth++;
    if (character === ')') depth--;
    parts.push(`${parts.pop()}${character}`);
  }
  return parts;
}

function parseRequirement(text: string): LabelRequirement | undefined {
  const [, absent] = /^!\s*(\S+)$/.exec(text) ?? [];
  if (absent !== undefined) return named(absent, { kind: 'absent', key: absent });
  const [, listed = '', operator, list] = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text) ?? [];
  if (list !== undefined) {
    const kind = operator === 'in' ? 'in' : 'not-in';
    return withValues(
      listed,
      kind,
      list.split(',').map((value) => value.trim()),
    );
  }
  const [, key = '', sign, value] = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/.exec(text) ?? [];
  if (value !== undefined) return withValues(key, sign === '!=' ? 'not-in' : 'in', [value]);
  return named(text, { kind: 'exists', key: text });
}

const named = (key: string, one: LabelRequirement): LabelRequirement | undefined =>
  labelName.test(key) ? one : undefined;

const withValues = (key: string, kind: 'in' | 'not-in', values: readonly string[]) =>
  values.every((value) => labelValue.test(value)) ? named(key, { kind, key, values }) : undefined;
