import { fail, ok, type Result } from '../domain/failure.ts';
import { withoutCredentials } from '../domain/gate.ts';
import { printable } from '../domain/printable.ts';

/** What a refusal says about an option that takes a URL. */
export interface UrlOption {
  readonly name: string;
  readonly example: string;
}

/** An http or https URL as it was written; a file or another scheme cannot be asked. */
export function parseWebUrl(text: string, option: UrlOption): Result<string> {
  const written = text.trim();
  const refused = (why: string): Result<never> =>
    fail({
      kind: 'usage',
      what: `${option.name} "${printable(withoutCredentials(written))}" ${why}`,
      next: `write it like ${option.example}`,
    });
  if (!/^https?:\/\/[^/?#]/i.test(written)) return refused('is no http:// or https:// URL');
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined) return refused('is no URL');
  if (!isDecodable(url.username) || !isDecodable(url.password)) {
    return refused('has a % in its user or password that is no %25');
  }
  return ok(written);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
