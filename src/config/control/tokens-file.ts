import * as z from 'zod';
import { type Caller, roles } from '../../domain/actor/caller.ts';
import { parseServiceKey, type ServiceKey, serviceKey } from '../../domain/address.ts';
import { atPlace, fail, ok, type Result } from '../../domain/failure.ts';
import { checkYaml } from '../files/checked-file.ts';

/** A token as the file has it: never the token itself, but its digest. */
export interface KnownToken extends Caller {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Milliseconds since 1970; absent: for good. */
  readonly expiresMs?: number | undefined;
}

const name = z
  .string()
  .regex(/^[\w.@/:+-]{1,64}$/, 'a name is 1 to 64 letters, digits and . _ @ / : + -');
const service = z.string().transform((text, context): ServiceKey => {
  const address = parseServiceKey(text);
  if (address) return serviceKey(address);
  const message = 'write a service as tcp/10.0.0.100:80, udp/[2001:db8::1]:53 or fwm/7';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
const some = <T extends z.ZodType>(one: T) => z.array(one).min(1, 'at least one is needed');

const limits = {
  role: z.enum(roles),
  services: some(service).optional().describe('only these virtual services'),
  groups: some(z.string()).optional().describe('only servers of these groups of the config file'),
  directors: some(z.string()).optional().describe('only these directors'),
};

const token = z.strictObject({
  name,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'the digest is 64 hexadecimal digits: printf %s TOKEN | sha256sum')
    .transform((digest) => digest.toLowerCase()),
  ...limits,
  expires: z
    .string()
    .refine(
      (text) =>
        /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
      {
        message: 'write a time such as 2027-01-31T00:00:00Z',
      },
    )
    .optional(),
});

/** The fields of a tokens file. */
export const tokensSchema = z.strictObject({
  tokens: z.array(token).max(1_000, 'no more than 1,000 tokens'),
});

/** A tokens file in YAML: who may ask the control API for what. */
export function parseTokensFile(text: string, file: string): Result<readonly KnownToken[]> {
  const checked = checkYaml(text, file, tokensSchema, (path) =>
    Object.keys(path[0] === undefined ? tokensSchema.shape : token.shape),
  );
  if (!checked.ok) return checked;
  const { tokens } = checked.value.value;
  for (const field of ['name', 'sha256'] as const) {
    const twice = tokens.findIndex(
      (one, index) => tokens.findIndex((other) => other[field] === one[field]) < index,
    );
    if (twice < 0) continue;
    const place = checked.value.source.locate(['tokens', twice, field]);
    const what = field === 'name' ? 'two tokens have this name' : 'two tokens have this digest';
    return fail({ kind: 'usage', what, ...atPlace(place, field), next: 'give each token its own' });
  }
  return ok(
    tokens.map(({ expires, ...one }) => ({
      ...one,
      ...(expires === undefined ? {} : { expiresMs: Date.parse(expires) }),
    })),
  );
}
