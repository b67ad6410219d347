import { fail, ok, type Result } from '../../domain/failure.ts';
import { withoutCredentials } from '../../domain/health/gate.ts';
import { printable } from '../../domain/printable.ts';

/** The words of a refusal about an option that takes a URL. */
export interface UrlOption {
  readonly name: string;
  readonly example: string;
  /** Advice on what to do instead of writing a password into the URL. */
  readonly instead: string;
}

/** An http or https URL as it was written; a file or another scheme cannot be asked. */
export function parseWebUrl(text: string, option: UrlOption): Result<string> {
  const written = text.trim();
  const refused = (why: string, next = `write it like ${option.example}`): Result<never> =>
    fail({
      kind: 'usage',
      what: `${option.name} "${printable(withoutCredentials(written))}" ${why}`,
      next,
    });
  // First, for what is wrong with the rest would be no reason to show them.
  if (holdsCredentials(written)) return refused(credentialsComplaint, option.instead);
  if (!/^https?:\/\/[^/?#]/i.test(written)) return refused('is no http:// or https:// URL');
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined) return refused('is no URL');
  return ok(written);
}

/** Whether a URL holds credentials: the command line, the plan file and the journal show them. */
export const holdsCredentials = (url: string): boolean => withoutCredentials(url) !== url;

export const credentialsComplaint =
  'had a user or a password in it, which journals and process lists would show';
