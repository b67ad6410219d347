/** `a=b,c!=d,e in (f,g),h,!i`: all of its requirements must hold; none at all selects everything. */
export type LabelSelector = readonly LabelRequirement[];

export type LabelRequirement =
  | {
      readonly kind: 'in' | 'not-in';
      readonly key: string;
      readonly values: readonly string[];
    }
  | { readonly kind: 'exists' | 'absent'; readonly key: string };
