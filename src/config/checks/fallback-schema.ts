import * as z from 'zod';
import { formatServerName, parseServerName, type ServerName } from '../../domain/address.ts';
import type { FallbackServer } from '../../domain/health/fallback.ts';
import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import { printable } from '../../domain/printable.ts';

const inRange = `write a whole number from 1 to ${maxWeight}`;
const aServer = 'write a server such as 10.0.0.99:8080';

const server = z.string(aServer).transform((text, ctx): ServerName => {
  const name = parseServerName(text);
  if (name && name.port !== 0) return name;
  const message = `"${printable(text)}" is no server: write its address as 10.0.0.99, 10.0.0.99:8080 or [2001:db8::99]:80`;
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const fields = z.strictObject({
  server: server.describe("an address; without a port that of the service's first server"),
  weight: z
    .int(inRange)
    .min(1, inRange)
    .max(maxWeight, inRange)
    .optional()
    .describe("its weight (default: what the service's own servers weigh together)"),
  forwarding: z
    .enum(['masq', 'route', 'tunnel'], 'write masq, route or tunnel')
    .optional()
    .describe("how it is reached (default: as the service's first server)"),
});

/** The fields of a fallback server, for what a refusal lists. */
export const fallbackFields: readonly string[] = Object.keys(fields.shape);

const isMapping = (raw: unknown): boolean => typeof raw === 'object' && raw !== null;

const one = z.preprocess(
  (raw) => (isMapping(raw) ? raw : { server: raw }),
  fields.transform(
    ({ weight, forwarding, ...rest }): FallbackServer => ({
      ...rest,
      ...(weight === undefined ? {} : { weight }),
      ...(forwarding === undefined ? {} : { forwarding }),
    }),
  ),
);

/** The servers that stand in for those of a service while all of them are dead. */
export const fallbackSchema = z.preprocess(
  (raw) => (Array.isArray(raw) ? raw : [raw]),
  z
    .array(one)
    .min(1, 'name a server, or leave it out')
    .max(100, 'name at most 100 servers')
    .superRefine((servers, ctx) => {
      const names = servers.map((each) => formatServerName(each.server));
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice === undefined) return;
      ctx.addIssue({ code: 'custom', message: `${twice} is here twice` });
    }),
);
