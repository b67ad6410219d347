/** `key[=value][:Effect]`; what is absent may be anything. */
export interface TaintPattern {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' | undefined;
}
