import type { WantedServer } from '../../control/keepalived/wanted-edits.ts';
import { parseServerName } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { editCommand } from './edit-command.ts';

/** `drain keepalived remove SERVER…`: servers leave the configuration of keepalived. */
export const run: RunCommand = (env, { given, operands }) => {
  const words = operands.flatMap((text) => text.split(','));
  const servers = words.map((text) => orRefuse(readServer(text), given));
  return editCommand(env, given, servers);
};

function readServer(text: string): Result<WantedServer> {
  const name = parseServerName(text.trim());
  if (name) return ok({ name, weight: 'none' });
  return fail({
    kind: 'usage',
    what: `"${printable(text)}" is no address of a server`,
    next: 'write it as keepalived.conf has it: 10.0.0.1, 10.0.0.1:8080 or [2001:db8::1]:80',
  });
}
