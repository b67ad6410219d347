import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/domain/failure.ts';
import { node, nowMs } from '../../support/kube/cluster-objects.ts';
import { openDriveLab } from '../../support/kube/kube-drive-lab.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

type Lab = ReturnType<typeof openDriveLab>;

/** One about each object: the controller's Lease, and the Service. */
const both = ['Held', 'UnAvailableLoadBalancer'];

/** All of a cluster goes wrong at once, and nothing of it is a reason to touch a table. */
const cases: readonly (readonly [
  what: string,
  happens: (lab: Lab) => void,
  events: readonly string[],
])[] = [
  [
    'all nodes are NotReady',
    ({ cluster }) => {
      for (const name of ['n1', 'n2']) {
        const { status } = node(name, { ready: { status: 'Unknown' } });
        const how = { kind: 'strategic', subresource: 'status' } as const;
        cluster.patch({ resource: 'nodes', name }, { status }, how);
      }
    },
    // The controller has nothing to say of what it does not act on.
    [],
  ],
  [
    'the list of nodes is empty',
    ({ cluster }) => {
      for (const name of ['n1', 'n2']) cluster.delete({ resource: 'nodes', name });
    },
    both,
  ],
  [
    'a role was changed, and lists are forbidden',
    (lab) => {
      lab.isForbidden = true;
      lab.breakWatches();
    },
    // Who may not read is said in the log and by drain_kube_synced: an Event would need a right as well.
    [],
  ],
  [
    'the selector of the file selects nobody',
    (lab) => {
      lab.settings = settingsOf("join: { after: 0s, over: 0s }\nnodes: { selector: 'role=edge' }");
      lab.reload();
    },
    both,
  ],
];

describe('no edit is made, and one Event at most is written about an object, when', () => {
  it.each(cases)('%s', async (_, happens, events) => {
    const lab = openDriveLab();
    const run = lab.run('only', 200, false);
    let before = { edits: -1, written: -1 };
    lab.simulation.at(nowMs + 60_000, () => {
      before = { edits: lab.edits, written: run.written.length };
      happens(lab);
    });
    expect(await run.ended).toEqual(ok(143));
    expect(before.edits).toBeGreaterThan(0);
    expect(lab.edits).toBe(before.edits);
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100, '10.0.0.2:30080': 100 });
    expect(run.written.slice(before.written)).toEqual(events);
  });

  it('names what is forbidden by verb and resource, once, and goes on when the right is back', async () => {
    const lab = openDriveLab();
    const run = lab.run('only', 300, false);
    lab.simulation.at(nowMs + 20_000, () => {
      lab.isForbidden = true;
      lab.breakWatches();
    });
    lab.simulation.at(nowMs + 150_000, () => {
      lab.isForbidden = false;
    });
    expect(await run.ended).toEqual(ok(143));
    const said = run.events.filter(({ type }) => /^(warning|cluster-(lost|known))$/.test(type));
    expect(said.map(({ type }) => type).at(0)).toBe('cluster-known');
    expect(said.map(({ type }) => type).at(-1)).toBe('cluster-known');
    const warned = said.filter(({ type }) => type === 'warning');
    const refused = warned.flatMap((one) =>
      'message' in one && one.message.includes('grant') ? [one.message] : [],
    );
    expect(refused.toSorted()).toEqual(
      ['endpointslices', 'nodes', 'services'].map((resource) =>
        expect.stringContaining(`grant watch on ${resource} to the user of the kubeconfig`),
      ),
    );
  });
});
