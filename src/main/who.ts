import { hostname } from 'node:os';
import { type Actor, longestName } from '../domain/actor/actor.ts';
import { userName } from '../processes/process-identity.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** The person who calls: whoever called sudo, or whose job this is, and not the user of the process. */
export function who(env: Variables): Actor {
  const isGitHub = env.GITHUB_ACTIONS === 'true';
  const user = (isGitHub ? env.GITHUB_ACTOR : env.SUDO_USER) || userName();
  const run = isGitHub ? runOfGitHub(env) : undefined;
  return {
    user: user.slice(0, longestName),
    host: hostname(),
    ...(run === undefined ? {} : { run }),
  };
}

/** The address of the run: it has no secret, whatever else the variables may hold. */
function runOfGitHub({
  GITHUB_SERVER_URL = 'https://github.com',
  GITHUB_REPOSITORY,
  GITHUB_RUN_ID,
}: Variables): string | undefined {
  if (!GITHUB_REPOSITORY || !GITHUB_RUN_ID || !URL.canParse(GITHUB_SERVER_URL)) return undefined;
  const { protocol, host } = new URL(GITHUB_SERVER_URL);
  const path = `${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  return `${protocol}//${host}/${path}`.slice(0, longestName);
}
