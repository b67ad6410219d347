import { type GivenOptions, isOn, textOf } from '../../config/options/options.ts';
import { type EditedFile, editConf } from '../../control/keepalived/edit-conf.ts';
import { type WantedServer, wantedEdits } from '../../control/keepalived/wanted-edits.ts';
import {
  parseServerName,
  parseServiceKey,
  type ServerName,
  type ServiceKey,
  serviceKey,
} from '../../domain/address.ts';
import { type CommandWords, parseCommandWords } from '../../domain/command-words.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { readTools } from '../settings.ts';
import { like, reloadCommand, write } from './rows.ts';

/** Shows or makes edits of keepalived's configuration. */
export async function editCommand(
  env: Environment,
  given: GivenOptions,
  servers: readonly WantedServer[],
): Promise<number> {
  const { tools } = orRefuse(await readTools(given), given);
  const wanted = {
    servers,
    services: orRefuse(readServices(given), given),
    like: orRefuse(readLike(given), given),
  };
  const host = await env.openKeepalived(orRefuse(reloadWords(given), given));
  const writes = isOn(given, write.name);
  const edited = orRefuse(
    await editConf(host, (files) => wantedEdits(files, wanted), { writes }),
    given,
  );
  if (tools.output === 'json')
    for (const one of edited) env.out(`${JSON.stringify({ ...one, written: writes })}\n`);
  else env.out(edited.map(textsOf).join('') || "keepalived's configuration says so already\n");
  if (!writes && edited.length > 0 && tools.output !== 'json')
    env.err('nothing is written yet: the same with --write has keepalived test and read it\n');
  return 0;
}

function textsOf({ file, diff, backup }: EditedFile): string {
  if (backup === undefined) return diff;
  return `${diff}${printable(file)} has the edit, and keepalived has read it\n  the file from before: ${printable(backup)}\n`;
}

/** The words of `--reload-command`. */
export function reloadWords(given: GivenOptions): Result<CommandWords | undefined> {
  const text = textOf(given, reloadCommand.name);
  if (text === undefined) return ok(undefined);
  return parseCommandWords(text, {
    name: '--reload-command',
    advice:
      'Say how to have keepalived reload, e.g. --reload-command "systemctl reload keepalived".',
  });
}

function readServices(given: GivenOptions): Result<readonly ServiceKey[] | undefined> {
  const texts = given.get('service')?.values.flatMap((text) => text.split(','));
  const keys: ServiceKey[] = [];
  for (const text of texts ?? []) {
    const address = parseServiceKey(text.trim());
    if (!address)
      return fail({
        kind: 'usage',
        what: `--service "${printable(text)}" is no virtual service`,
        next: 'write it as tcp/10.0.0.100:80, udp/[2001:db8::1]:53, sctp/10.0.0.100:3868, fwm/7 or fwm6/7',
      });
    keys.push(serviceKey(address));
  }
  return ok(texts && keys);
}

function readLike(given: GivenOptions): Result<ServerName | undefined> {
  const text = textOf(given, like.name);
  const name = text === undefined ? undefined : parseServerName(text);
  if (text === undefined || name) return ok(name);
  return fail({
    kind: 'usage',
    what: `--like "${printable(text)}" is no address of a server`,
    next: 'write it as keepalived.conf has it: 10.0.0.1, 10.0.0.1:8080 or [2001:db8::1]:80',
  });
}
