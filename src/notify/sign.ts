import { createHmac } from 'node:crypto';
import { fail, ok, type Result } from '../domain/failure.ts';

/** The least length of a secret: whoever can guess a secret can sign. */
const leastSecretBytes = 16;

/** The key of a secret: `whsec_` and base64, as standardwebhooks.com has it, or any other text. */
export function signingKey(secret: string): Result<Buffer, string> {
  const text = secret.trim();
  const [, base64] = /^whsec_(.*)$/s.exec(text) ?? [];
  if (base64 !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    return fail('what follows whsec_ in it is no base64');
  }
  const key = base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64');
  return key.length < leastSecretBytes
    ? fail(`it is shorter than ${leastSecretBytes} bytes`)
    : ok(key);
}

/** The headers of Standard Webhooks 1.0; without a key the request is named, but not signed. */
export function webhookHeaders(
  message: { readonly id: string; readonly body: string; readonly nowMs: number },
  key: Buffer | undefined,
): Readonly<Record<string, string>> {
  const { id, body, nowMs } = message;
  const timestamp = String(Math.floor(nowMs / 1_000));
  const named = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (!key) return named;
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...named, 'webhook-signature': `v1,${signature}` };
}
