/** A request as faults and permissions are told of it. */
export interface Asked {
  readonly verb: string;
  /** `services/status`: with the subresource. */
  readonly resource: string;
  readonly user: string;
}

export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** The socket is closed without an answer; of a watch after its headers. */
  | { readonly kind: 'cut' }
  /** Half of the first line of a watch or of the body of anything else; then the socket is closed. */
  | { readonly kind: 'half' }
  /** Half of the body, and no end of it. */
  | { readonly kind: 'half-and-silence' }
  /** Nothing at all, for good; of a watch after its headers. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'slow'; readonly ms: number }
  /** The list in another order. */
  | { readonly kind: 'reordered' }
  /** 410 as an ERROR line of a watch that was answered with 200. */
  | { readonly kind: 'gone-event' };

export interface PlannedFault {
  readonly fault: Fault;
  readonly verb?: string;
  readonly resource?: string;
  /** How often; 1 without it. */
  readonly times?: number;
}

/** Faults that happen to the next requests that fit. */
export class Faults {
  #planned: PlannedFault[] = [];

  plan(...faults: readonly PlannedFault[]): void {
    this.#planned.push(...faults);
  }

  clear(): void {
    this.#planned = [];
  }

  take({ verb, resource }: Asked): Fault | undefined {
    const at = this.#planned.findIndex(
      (one) =>
        (one.verb === undefined || one.verb === verb) &&
        (one.resource === undefined || one.resource === resource),
    );
    const found = this.#planned[at];
    if (!found) return undefined;
    const left = (found.times ?? 1) - 1;
    if (left > 0) this.#planned[at] = { ...found, times: left };
    else this.#planned.splice(at, 1);
    return found.fault;
  }
}

/** Which verbs and resources a user has; `*` is each. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly resources: readonly string[];
}

export const isAllowed = (rules: readonly Rule[], { verb, resource }: Asked): boolean =>
  rules.some(({ verbs, resources }) => has(verbs, verb) && has(resources, resource));

const has = (list: readonly string[], one: string): boolean =>
  list.includes('*') || list.includes(one);
