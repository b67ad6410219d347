import { finishEdits } from '../../control/keepalived/edit-conf.ts';
import { printable } from '../../domain/printable.ts';
import { readConf } from '../../keepalived/edit/prepare.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { readTools } from '../settings.ts';
import { reloadWords } from './edit-command.ts';

/** `drain keepalived resume`: an edit that was interrupted comes to its end. */
export const run: RunCommand = async (env, { given }) => {
  const { tools } = orRefuse(await readTools(given), given);
  const host = await env.openKeepalived(orRefuse(reloadWords(given), given));
  const { files } = orRefuse(await readConf(host), given);
  const paths = files.map(({ path }) => path);
  const finished = orRefuse(await finishEdits(host, paths), given);
  const asJson = tools.output === 'json';
  for (const file of finished)
    env.out(
      asJson
        ? `${JSON.stringify({ file, written: true })}\n`
        : `${printable(file)} has the edit, and keepalived has read it\n`,
    );
  if (finished.length === 0 && !asJson) env.out('no edit was interrupted\n');
  return 0;
};
