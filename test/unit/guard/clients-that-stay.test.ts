import { describe, expect, it } from 'vitest';
import { clientsThatStay } from '../../../src/guard/guard-warnings.ts';
import { configOf, createGuardLab } from '../../support/simulated-guard.ts';
import { wrrService } from '../../support/tables.ts';

const codes = (...of: Parameters<typeof clientsThatStay>) =>
  clientsThatStay(...of).map((event) => event.type === 'warning' && event.code);
const persistent = wrrService([], { persistence: { timeoutS: 360 } });

describe('clients that a dead server keeps', () => {
  it('are those of a persistent service, unless templates of quiescent servers expire', () => {
    expect(codes([persistent], new Map())).toEqual(['clients-stay-persistent']);
    const off = new Map([['expire_quiescent_template', 0]]);
    expect(codes([persistent], off)).toEqual(['clients-stay-persistent']);
    expect(codes([persistent], new Map([['expire_quiescent_template', 1]]))).toEqual([]);
    expect(codes([wrrService([])], new Map())).toEqual([]);
  });

  it('are said at the start of a guard, and after a reload', async () => {
    const lab = createGuardLab({
      table: '-A -t 10.0.0.100:80 -s wrr -p 360\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1\n',
    });
    lab.config = configOf();
    await lab.guardUntil(20, { 10: () => lab.reload() });
    const said = lab.events.filter(
      (event) => event.type === 'warning' && event.code === 'clients-stay-persistent',
    );
    expect(said).toHaveLength(2);
  });

  it('are none of a service whose clients are to move', async () => {
    const lab = createGuardLab({
      table: '-A -t 10.0.0.100:80 -s wrr -p 360\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1\n',
    });
    lab.config = configOf({ clients: 'move' });
    await lab.guardUntil(2);
    expect(lab.events.filter(({ type }) => type === 'warning')).toEqual([]);
  });
});
