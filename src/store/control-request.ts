import * as z from 'zod';
import type { ControlRequest } from '../rollout/ports.ts';

const ms = z.number().min(0).finite();

const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['pause', 'continue']) }),
  z.strictObject({
    kind: z.literal('rollback'),
    pace: z.strictObject({ overMs: ms, everyMs: ms.min(1) }).optional(),
  }),
]);

/** What another terminal left, or nothing when it is no request of this version. */
export function parseControlRequest(text: string): ControlRequest | undefined {
  try {
    const { data } = schema.safeParse(JSON.parse(text));
    if (!data) return undefined;
    if (data.kind !== 'rollback') return { kind: data.kind };
    return data.pace ? { kind: 'rollback', pace: data.pace } : { kind: 'rollback' };
  } catch {
    // No JSON: nothing that this program wrote.
    return undefined;
  }
}
