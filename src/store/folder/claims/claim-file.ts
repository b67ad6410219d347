import type * as z from 'zod';
import { sha256Hex } from '../../../files/hex.ts';
import type { clusterSchema, markSchema, rolloutSchema } from './claim-schema.ts';

export type RolloutClaim = z.infer<typeof rolloutSchema>;
export type MarkClaim = z.infer<typeof markSchema>;
export type ServiceClaim = z.infer<typeof clusterSchema>;
export type ClaimMaker = Pick<RolloutClaim, 'v' | 'state' | 'user' | 'place'>;

/** Reads a claim; `undefined` for what is not as a version writes it. */
export async function parseClaim(
  name: string,
  content: string,
): Promise<RolloutClaim | MarkClaim | ServiceClaim | undefined> {
  const { clusterSchema, markSchema, rolloutSchema } = await import('./claim-schema.ts');
  try {
    const value: unknown = JSON.parse(content);
    if (name.startsWith('claim-')) return rolloutSchema.safeParse(value).data;
    const schema = name.startsWith(clusterPrefix) ? clusterSchema : markSchema;
    return schema.safeParse(value).data;
  } catch {
    return undefined;
  }
}

/** The name of a rollout's claim; two states that know one id are two claims. */
export const rolloutClaimName = (rollout: string, maker: ClaimMaker): string =>
  `claim-${rollout}-${makerHash(maker)}`;

export const markClaimName = (mark: string, maker: ClaimMaker): string =>
  `mark-${mark}-${makerHash(maker)}`;

/** A drain from before knows it for a mark, and for none that it could read. */
const clusterPrefix = 'mark-cluster-';

export const clusterClaimName = (mark: string, maker: ClaimMaker): string =>
  `${clusterPrefix}${mark}-${makerHash(maker)}`;

const makerHash = ({ state, place: { host, folder = '' } }: ClaimMaker): string =>
  sha256Hex(JSON.stringify([state, host, folder])).slice(0, 16);
