import type { WantedServer } from '../../control/keepalived/wanted-edits.ts';
import { parseServerName } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { editCommand } from './edit-command.ts';

/** `drain keepalived set SERVER=WEIGHT…`: weights in the configuration of keepalived. */
export const run: RunCommand = (env, { given, operands }) => {
  const words = operands.flatMap((text) => text.split(','));
  const servers = words.map((text) => orRefuse(readWanted(text), given));
  return editCommand(env, given, servers);
};

function readWanted(text: string): Result<WantedServer> {
  const [, server = '', number = ''] = /^(.+)=(\d{1,5})$/.exec(text.trim()) ?? [];
  const name = parseServerName(server);
  const weight = Number(number);
  if (name && number !== '' && weight <= 65_535) return ok({ name, weight });
  return fail({
    kind: 'usage',
    what: `"${printable(text)}" is no server with a weight`,
    next: 'write SERVER=WEIGHT, such as 10.0.0.1=0 or [2001:db8::1]:80=100; weights are 0 to 65535',
  });
}
