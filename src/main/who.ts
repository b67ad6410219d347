import { hostname } from 'node:os';
import { userName } from '../processes/process-identity.ts';

/** The person who calls: whoever called sudo, or whose job this is, and not the user of the process. */
export function who({
  GITHUB_ACTIONS,
  GITHUB_ACTOR,
  SUDO_USER,
}: Readonly<Record<string, string | undefined>>): { readonly user: string; readonly host: string } {
  const user = (GITHUB_ACTIONS === 'true' ? GITHUB_ACTOR : SUDO_USER) || userName();
  return { user, host: hostname() };
}
