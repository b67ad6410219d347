export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** `key[=value][:Effect]`; what is absent may be anything. */
export interface TaintPattern {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect?: (typeof taintEffects)[number] | undefined;
}

/** `karpenter.sh/disrupted:NoSchedule`, `maintenance=soon`. `undefined` when it is no taint. */
export function parseTaintPattern(text: string): TaintPattern | undefined {
  const [, key = '', value, effectText] =
    /^((?:[a-z0-9][a-z0-9.-]{0,252}\/)?[A-Za-z0-9][\w.-]{0,62})(?:=([\w.-]{0,63}))?(?::(\w+))?$/.exec(
      text,
    ) ?? [];
  const effect = taintEffects.find((one) => one === effectText);
  if (key === '' || (effectText !== undefined && effect === undefined)) return undefined;
  return { key, value, effect };
}

export const matchesTaint = (
  pattern: TaintPattern,
  taint: { readonly key: string; readonly value: string; readonly effect: string },
): boolean =>
  taint.key === pattern.key &&
  (pattern.value === undefined || taint.value === pattern.value) &&
  (pattern.effect === undefined || taint.effect === pattern.effect);
