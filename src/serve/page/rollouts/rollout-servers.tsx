import type { VNode } from 'preact';
import { fullName, type NamesByServer } from '../../../domain/places/named-servers.ts';
import { roleWord } from '../../../domain/rollout/maintenance.ts';
import type { Move } from '../../../domain/rollout/plan.ts';
import { ServerNumbers, TableHead } from '../services/server-numbers.tsx';
import { highest, type SeenServer, sum } from '../sums.ts';
import { counted } from '../words.ts';

const mostRows = 24;

/** Old and new servers one by one, and the bystanders together. */
export function RolloutServers({
  seen,
  names,
  move,
}: {
  readonly seen: readonly SeenServer[];
  readonly names: NamesByServer | undefined;
  readonly move: Move | undefined;
}): VNode {
  const moved = seen.filter(({ role }) => role !== 'bystander');
  const bystanders = seen.filter(({ role }) => role === 'bystander');
  const totalWeight = sum(seen, ({ now }) => now?.weight ?? 0);
  const mostActive = highest(moved, ({ now }) => now?.activeConn ?? 0);
  return (
    <table>
      <TableHead />
      <tbody>
        {moved.slice(0, mostRows).map(({ server, role, now }) => (
          <tr key={server}>
            <th scope="row">
              {fullName(server, names)} <span class={`chip ${role}`}>{roleWord(role, move)}</span>
            </th>
            {now ? (
              <ServerNumbers
                server={now}
                totalWeight={totalWeight}
                mostActive={mostActive}
                colour={role}
              />
            ) : (
              <td colSpan={4} class="quiet">
                not in the table
              </td>
            )}
          </tr>
        ))}
        <Rest
          amount={moved.length - mostRows}
          one={move ? 'more server' : 'more old or new server'}
        />
        <Rest amount={bystanders.length} one="bystander" />
      </tbody>
    </table>
  );
}

function Rest({ amount, one }: { readonly amount: number; readonly one: string }): VNode | null {
  if (amount <= 0) return null;
  return (
    <tr>
      <td colSpan={5} class="quiet">
        and {counted(amount, one)}
      </td>
    </tr>
  );
}
