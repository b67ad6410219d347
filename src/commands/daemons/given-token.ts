import { readText } from '../../config/files/checked-file.ts';
import { checkToken, type ServeSettings } from '../../config/settings/serve-settings.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { Environment } from '../environment.ts';

/** The token that requests have to bring: that of `--token-file`, or of DRAIN_SERVE_TOKEN; or none. */
export async function givenToken(
  { server }: Pick<Environment, 'server'>,
  { tokenFile }: Pick<ServeSettings, 'tokenFile'>,
): Promise<Result<string | undefined>> {
  if (tokenFile !== undefined) {
    const text = await readText(tokenFile);
    return text.ok ? checkToken(text.value, tokenFile) : text;
  }
  return server.token === undefined ? ok(undefined) : checkToken(server.token, 'DRAIN_SERVE_TOKEN');
}
