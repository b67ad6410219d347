import { describe, expect, it } from 'vitest';
import { noHostCounters } from '../../../src/domain/ipvs/host-counters.ts';
import { counterFiles, countersOfFiles } from '../../../src/ipvs/host/counter-files.ts';
import { readCountersThrough } from '../../../src/ipvs/host/read-counters.ts';
import type { CommandResult } from '../../../src/rollout/ports.ts';

const stats = `   Total Incoming Outgoing         Incoming         Outgoing
   Conns  Packets  Packets            Bytes            Bytes
      2A      100       FF             1000        1000000000

 Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s
       1        2        3                4                5
`;
const softnet = `00000010 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000
000000ff 00000002 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000001
`;
/** Linux 5.10 and before; since then `entries` comes with fewer columns behind it. */
const conntrack = `entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
00000009  00000000 00000000 00000000 00000001 00000000 00000000 00000000 00000000 00000003 0000000a 00000001 00000000  00000000 00000000 00000000 00000000
00000009  00000000 00000000 00000000 00000001 00000000 00000000 00000000 00000000 00000001 00000001 00000000 00000000  00000000 00000000 00000000 00000000
`;
const slab = `slabinfo - version: 2.1
# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>
ip_vs_conn            12     28    288   14    1 : tunables    0    0    0 : slabdata      2      2      0
kmalloc-8k             4      4   8192    4    8 : tunables    0    0    0 : slabdata      1      1      0
`;
const files = new Map([
  ['net/ip_vs_stats', stats],
  ['net/softnet_stat', softnet],
  ['net/stat/nf_conntrack', conntrack],
  ['sys/net/netfilter/nf_conntrack_count', '9\n'],
  ['sys/net/netfilter/nf_conntrack_max', '262144\n'],
  ['slabinfo', slab],
  ['sys/net/ipv4/vs/drop_entry', '1\n'],
  ['sys/net/ipv4/vs/drop_packet', '0\n'],
]);
const expected = {
  traffic: { connections: 42, inPackets: 256, outPackets: 255, inBytes: 4_096, outBytes: 2 ** 36 },
  softnet: { processed: 271, dropped: 3, timeSqueezed: 3 },
  conntrack: { entries: 9, maxEntries: 262_144, dropped: 11, insertFailed: 4, earlyDropped: 1 },
  connectionSlab: { activeObjects: 12, objects: 28, objectBytes: 288 },
  sysctls: new Map([
    ['drop_entry', 1],
    ['drop_packet', 0],
  ]),
};

describe('the counters of a machine', () => {
  it('are added up over its processors, whatever base they are written in', () => {
    expect(countersOfFiles(files)).toEqual(expected);
  });

  it('are left out one by one where a file is missing', () => {
    for (const name of files.keys()) {
      const without = countersOfFiles(new Map([...files].filter(([one]) => one !== name)));
      expect(without).not.toEqual(expected);
    }
    expect(countersOfFiles(new Map())).toEqual({ sysctls: new Map() });
  });

  it('are left out where a file is something else', () => {
    for (const name of files.keys()) {
      for (const text of ['', '\n\n\n', 'x y z\n1 2\nx y z w v\n', '-- -- --']) {
        const { sysctls, ...rest } = countersOfFiles(new Map([[name, text]]));
        expect([rest, [...sysctls]]).toEqual([{}, []]);
      }
    }
  });

  it('come through a command as they are, in one process', async () => {
    const asked: (readonly string[])[] = [];
    const stdout = [...files]
      .flatMap(([name, text]) => text.split('\n').map((line) => `/proc/${name}:${line}`))
      .join('\n');
    const run = async (argv: readonly string[]): Promise<CommandResult> => {
      asked.push(argv);
      // grep ends so where one of the files is missing.
      return { kind: 'exited', exitCode: 2, stdout, stderr: '' };
    };
    const command = ['ip', 'netns', 'exec', 'lb', 'ipvsadm'] as const;
    expect(await readCountersThrough(command, run)).toEqual(expected);
    const paths = counterFiles.map((name) => `/proc/${name}`);
    expect(asked).toEqual([['ip', 'netns', 'exec', 'lb', 'grep', '-H', '-s', '', ...paths]]);
  });

  it('are nobody knows what where the way there is unknown or hangs', async () => {
    const hangs = async (): Promise<CommandResult> => ({ kind: 'timed-out', afterMs: 3_000 });
    expect(await readCountersThrough(['/opt/lb.sh'], hangs)).toBe(noHostCounters);
    expect(await readCountersThrough(['ipvsadm'], hangs)).toBe(noHostCounters);
  });
});
