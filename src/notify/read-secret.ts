import { readFile } from 'node:fs/promises';
import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { signingKey } from './sign.ts';

const variable = 'DRAIN_NOTIFY_SECRET';

/**
 * Reads the secret that signs a webhook: from its file, or else the environment. The secret stands
 * in no command line, plan file or journal. `undefined` where there is none; the failure says why a
 * secret cannot be used.
 */
export async function readSecret(
  file: string | undefined,
): Promise<Result<Buffer | undefined, string>> {
  if (file !== undefined) {
    try {
      const key = signingKey(await readFile(file, 'utf8'));
      return key.ok ? key : fail(`the secret in ${printable(file)} is no good: ${key.failure}`);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === 'ENOENT' ? 'there is no such file' : printable(code ?? message);
      return fail(`the secret in ${printable(file)} cannot be read: ${why}`);
    }
  }
  const secret = process.env[variable];
  if (!secret) return ok(undefined);
  const key = signingKey(secret);
  return key.ok ? key : fail(`the secret in ${variable} is no good: ${key.failure}`);
}
