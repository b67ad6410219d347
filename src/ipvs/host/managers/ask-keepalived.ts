import type { TableManager } from '../../../domain/ipvs/host-facts.ts';
import { printable } from '../../../domain/printable.ts';
import type { CommandResult } from '../../../rollout/ports.ts';
import { parseKeepalivedDump } from './keepalived-dump.ts';

/** Runs a command where the manager is. */
type RunThere = (argv: readonly [string, ...string[]]) => Promise<CommandResult>;

/**
 * Has keepalived write its view down (SIGUSR1), and prints that once it is whole: a file that has changed,
 * and then stood as it is for a moment. It is written into TMPDIR as that process knows it.
 */
const dumpScript = `
[ "$(cat "/proc/$1/comm")" = keepalived ] || exit 6
folder=$(tr '\\0' '\\n' <"/proc/$1/environ" | sed -n 's/^TMPDIR=//p')
file="/proc/$1/root\${folder:-/tmp}/keepalived_check.data"
mark() { stat -c '%i %y %s' "$file" 2>/dev/null || echo none; }
before=$(mark)
last=
tries=0
kill -USR1 "$1" || exit 3
while [ $tries -lt 60 ]; do
  sleep 0.05
  now=$(mark)
  if [ "$now" != "$before" ] && [ "$now" = "$last" ]; then
    [ -f "$file" ] && [ ! -h "$file" ] && [ -O "$file" ] || exit 5
    cat "$file"
    exit
  fi
  last=$now
  tries=$((tries + 1))
done
exit 4
`;

/** keepalived with its own view of its services; with the reason where it has not said. */
export async function withOwnView(manager: TableManager, run: RunThere): Promise<TableManager> {
  const result = await run(['sh', '-c', dumpScript, 'sh', `${manager.pid}`]);
  if (result.kind !== 'exited' || result.exitCode !== 0) {
    return { ...manager, silent: whySilent(result) };
  }
  const says = parseKeepalivedDump(result.stdout);
  if (!says) return { ...manager, silent: 'keepalived_check.data is not as drain knows it' };
  return { ...manager, says, services: [...says.keys()] };
}

function whySilent(result: CommandResult): string {
  if (result.kind !== 'exited') return `the command that asks it: ${result.kind}`;
  if (result.exitCode === 4) return 'it wrote no keepalived_check.data within 3 seconds of SIGUSR1';
  if (result.exitCode === 6) return 'it has ended meanwhile';
  if (result.exitCode === 5) return 'its keepalived_check.data is not a file of its own';
  return (
    printable(result.stderr.trim()) || `the command that asks it ended with ${result.exitCode}`
  );
}

/** keepalived with its version, as the program that runs says it: `Keepalived v2.2.7 (01/16,2022)`. */
export async function withVersion(manager: TableManager, run: RunThere): Promise<TableManager> {
  const result = await run([`/proc/${manager.pid}/exe`, '--version']);
  if (result.kind !== 'exited') return manager;
  // On stderr.
  const printed = `${result.stderr}\n${result.stdout}`;
  const [, version] = /^\s*Keepalived v(\d+\.\d+\.\d+)/m.exec(printed) ?? [];
  return version === undefined ? manager : { ...manager, version };
}
