import { validateHeaderValue } from 'node:http';
import { fail, ok, type Result } from '../domain/failure.ts';

const variable = 'DRAIN_GATE_AUTHORIZATION';

/**
 * The Authorization header of gates that ask a URL, for example `Bearer …`; `undefined` where none
 * is set. The header comes from the environment alone, so that no command line, plan file or
 * journal holds it; real servers, which health checks ask, never get it.
 */
export function gateAuthorization(): Result<string | undefined> {
  const value = process.env[variable]?.trim();
  if (!value) return ok(undefined);
  try {
    validateHeaderValue('Authorization', value);
    return ok(value);
  } catch {
    return fail({
      kind: 'usage',
      what: `the environment variable ${variable} holds characters that no header may hold`,
      next: 'set it to one line such as "Bearer …"',
    });
  }
}
