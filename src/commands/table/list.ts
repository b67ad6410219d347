import { freezeNow } from '../../control/freeze.ts';
import { listLines } from '../../control/list/list-lines.ts';
import { listTable } from '../../control/list/list-table.ts';
import { scopeOf } from '../../control/scope.ts';
import { freezeLines, freezeRecord } from '../../control/status/freeze-lines.ts';
import { parseServiceKey, serviceKey } from '../../domain/address.ts';
import { printable } from '../../domain/printable.ts';
import { onlookerOf } from '../audience.ts';
import { commandsOf } from '../command-context.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { readTools } from '../settings.ts';

/** `drain list [SERVICE…]`: the tables of the directors, and who has claims there. Changes nothing. */
export const run: RunCommand = async (env, { given, operands }) => {
  const services = operands.map((text) => {
    const address = parseServiceKey(text);
    if (address) return serviceKey(address);
    const what = `"${printable(text)}" is no virtual service`;
    const next =
      'write it as tcp/10.0.0.100:80, udp/[2001:db8::1]:53, sctp/10.0.0.100:3868, fwm/7 or fwm6/7';
    throw new Refusal([{ kind: 'usage', what, next }], given);
  });
  const { config, tools } = orRefuse(await readTools(given), given);
  const place = { scope: scopeOf(tools, config), onlooker: onlookerOf(env, tools) };
  const wanted = services.length > 0 ? services : undefined;
  const listed = orRefuse(await listTable(env, wanted, place), given);
  const store = await env.openStore(tools.state);
  const frozen = orRefuse(await freezeNow(store, env.nowMs()), given);
  if (tools.output === 'json') {
    const more = frozen ? { frozen: freezeRecord(frozen) } : {};
    for (const one of listed) env.out(`${JSON.stringify({ ...one, ...more })}\n`);
  } else {
    env.out(listed.length > 0 ? listLines(listed, Date.now()) : 'no virtual service\n');
    env.out(freezeLines(frozen, { asJson: false, commands: commandsOf(tools) }));
  }
  return 0;
};
