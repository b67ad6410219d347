import * as z from 'zod';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import { serverKey, serviceKey } from '../../files/plan-schema.ts';
import { timeMs } from '../../files/time-schema.ts';

/** The version of the documents of claims; those of marks are 1, which every drain reads. */
export const newestClaim = 2;

/** The longest name that the API gives (a subdomain), and some more. */
const name = z.string().max(512);

const claimedServer = z.strictObject({
  server: serverKey,
  node: name.exactOptional(),
  uid: name,
  weight: z.int().min(0),
  from: z.int().min(0).exactOptional(),
  state: z.enum(['joining', 'in', 'leaving']),
  sinceMs: timeMs,
  cause: name.exactOptional(),
  leftMs: z.array(timeMs).max(100).exactOptional(),
});

export const claimSchema = z
  .strictObject({
    v: z.literal(newestClaim),
    reason: z.literal('cluster'),
    table: z.string().max(4_096),
    service: serviceKey,
    cluster: name,
    of: z.strictObject({ namespace: name, name, port: name }),
    uid: name,
    addedService: z.boolean(),
    pot: z.int().min(0).exactOptional(),
    servers: z.array(claimedServer).max(100_000),
  })
  .transform(({ v: _, reason: __, ...claim }): ClusterClaim => claim);
