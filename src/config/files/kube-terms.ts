import * as z from 'zod';
import type { CheckSpec } from '../../domain/health/gate.ts';
import type { ServiceTerms } from '../../domain/kube/kube-settings.ts';
import { checkSchema } from '../checks/check-schema.ts';

/** One of these words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `write ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);

const check: z.ZodType<'auto' | 'none' | CheckSpec> = z.unknown().transform((raw, ctx) => {
  if (raw === 'auto' || raw === 'none') return raw;
  const checked = checkSchema.safeParse(raw);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) ctx.addIssue({ ...issue, input: raw } as never);
  return z.NEVER;
});

/** The fields that bindings may leave to `defaults`. */
export const termFields = {
  to: oneOf(['nodePort', 'service', 'hostPort', 'pods'])
    .optional()
    .describe(
      "Where the real servers are: node ports, the Service's own port on the nodes, a port of pods on their nodes, or the pods.",
    ),
  forwarding: oneOf(['masq', 'route', 'tunnel'])
    .optional()
    .describe('How packets get to the servers (default: masq, route for service).'),
  weight: oneOf(['endpoints', 'equal'])
    .optional()
    .describe(
      'By what servers weigh: ready endpoints on the node (the default for Local), or all alike.',
    ),
  check: check
    .optional()
    .describe(
      'How servers are asked for their health: auto (the default), none, tcp, a URL with {address} and {port}, or a mapping.',
    ),
};

/** Which ways of forwarding reach which servers; what else there is would send packets nowhere. */
export function whyUnreachable({ to = 'nodePort', forwarding }: ServiceTerms): string | undefined {
  if (forwarding === undefined) return undefined;
  if (to === 'nodePort' && forwarding !== 'masq') {
    return `${forwarding} keeps the port, and a node port is another one: write masq, or to: service`;
  }
  if (to === 'service' && forwarding === 'masq') {
    return 'masq brings the packets to the node under its own address, where no service port listens: write route or tunnel, or to: nodePort';
  }
  return to === 'pods' && forwarding === 'tunnel' ? 'pods end no tunnel: write masq' : undefined;
}

/** The terms of servers, for who does not say them. */
export const terms = z.strictObject(termFields).superRefine((value, ctx) => {
  const message = whyUnreachable(value);
  if (message) ctx.addIssue({ code: 'custom', path: ['forwarding'], message });
});
