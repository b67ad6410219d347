import type { FleetDirector } from './fleet-topology.ts';
import type { Lab } from './lab.ts';

/** Weights by server, and when a director had them first: of its own table, not of who made them. */
export interface SeenWeights {
  readonly atMs: number;
  /** `10.0.2.11:80 4, 10.0.2.13:80 2`. */
  readonly weights: string;
}

/**
 * Prints weights when they have changed. In one process: to start one takes long in here. `mapfile`
 * has the table in one read; `read` has the kernel make it anew for every line, each of another moment.
 */
const watching = `exec 9<>"$1"
while :; do
  seen=
  mapfile -t lines </proc/net/ip_vs
  for line in "\${lines[@]}"; do
    set -- $line
    [ "$1" != "->" ] || [ "$4" = Weight ] || seen="$seen $2=$4"
  done
  [ "$seen" = "$last" ] || echo "$EPOCHREALTIME$seen"
  last=$seen
  read -rt 0.2 -u 9 _
done`;

/** Looks at the tables five times a second until the next `lab.reset()`; returns what has been seen so far. */
export async function watchWeights(
  lab: Lab,
  directors: readonly FleetDirector[],
): Promise<() => ReadonlyMap<string, readonly SeenWeights[]>> {
  const watchers = await Promise.all(
    directors.map(async ({ address, name }) => {
      const fifo = `/run/${name}-watch`;
      await lab.run(['sh', '-c', `[ -p ${fifo} ] || mkfifo ${fifo}`]);
      const watcher = await lab.spawn(['bash', '-c', watching, 'watch', fifo], { namespace: name });
      return { address, watcher };
    }),
  );
  return () =>
    new Map(watchers.map(({ address, watcher }) => [address, watcher.stdout.map(parseSeen)]));
}

function parseSeen(line: string): SeenWeights {
  const [at = '', ...servers] = line.split(' ');
  return { atMs: Number(at) * 1_000, weights: servers.map(readable).toSorted().join(', ') };
}

/** `0A00020B:0050=4` is `10.0.2.11:80 4`. */
function readable(text: string): string {
  const [, address = '', port = '', weight = ''] =
    /^([0-9A-F]{8}):([0-9A-F]{4})=(\d+)$/.exec(text) ?? [];
  const bytes = address.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  return `${bytes.join('.')}:${Number.parseInt(port, 16)} ${weight}`;
}
