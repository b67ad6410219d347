import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseKubeFile } from '../../../src/config/files/kube-file.ts';
import type { KubeSettings } from '../../../src/domain/kube/kube-settings.ts';

const example = fileURLToPath(new URL('../../../plans/kube.yaml', import.meta.url));
const read = (text: string) => parseKubeFile(text, 'kube.yaml');
const settingsOf = (text: string): KubeSettings => {
  const parsed = read(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.value;
};
const failureOf = (text: string) => {
  const parsed = read(text);
  return parsed.ok ? undefined : parsed.failure;
};

const usual: KubeSettings = {
  cluster: 'prod',
  access: { kind: 'in-cluster' },
  namespaces: undefined,
  class: { name: 'drain.example/ipvs', servesDefault: false, addresses: [] },
  directors: undefined,
  nodes: { selector: [], address: 'InternalIP', within: [] },
  join: { afterMs: 10_000, overMs: 30_000 },
  leave: {
    overMs: 0,
    timeoutMs: 600_000,
    onTimeout: 'hold',
    atOncePercent: 25,
    cordon: 'keep',
    taints: [
      { key: 'ToBeDeletedByClusterAutoscaler' },
      { key: 'karpenter.sh/disrupted', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/out-of-service' },
    ],
  },
  keep: { servers: 1, whenNothingIsLeft: 'hold' },
  isStrict: false,
  writesNodeCondition: false,
  defaults: {},
  bindings: [],
};

describe('the example in plans/', () => {
  it('is read as its comments say', () => {
    expect(settingsOf(readFileSync(example, 'utf8'))).toEqual({
      ...usual,
      access: { kind: 'kubeconfig', file: '/etc/drain/kubeconfig', allowsExec: false },
      class: {
        name: 'drain.example/ipvs',
        servesDefault: false,
        addresses: [
          { family: 4, words: [0xcb00, 0x7100], bits: 24 },
          { family: 6, words: [0x2001, 0xdb8, 0, 1, 0, 0, 0, 0], bits: 64 },
        ],
      },
      directors: ['lb1', 'lb2'],
      nodes: {
        selector: [{ kind: 'absent', key: 'node-role.kubernetes.io/control-plane' }],
        address: 'InternalIP',
        within: [{ family: 4, words: [0x0a00, 0], bits: 16 }],
      },
      defaults: { to: 'nodePort', check: 'auto' },
      bindings: [
        {
          service: 'tcp/203.0.113.10:443',
          of: { namespace: 'ingress-nginx', name: 'controller', port: 'https' },
          to: 'nodePort',
          weight: 'endpoints',
          check: 'auto',
        },
      ],
    });
  });
});

describe("the cluster's file", () => {
  it('needs a name, a way to the cluster and a class, or a service', () => {
    expect(settingsOf('{cluster: prod, inCluster: true, class: drain.example/ipvs}')).toEqual(
      usual,
    );
    const bound = settingsOf(
      '{cluster: prod, kubeconfig: kc, context: c, allowExec: true, services: [{service: "tcp/203.0.113.1:80", of: a/b}]}',
    );
    expect(bound.class).toBeUndefined();
    expect(bound.access).toEqual({
      kind: 'kubeconfig',
      file: 'kc',
      context: 'c',
      allowsExec: true,
    });
  });

  it('has each of its fields as it was written', () => {
    expect(
      settingsOf(`
cluster: prod
inCluster: true
namespaces: [a, b]
class: example.com/lb
serveDefault: true
join: { after: 0s, over: 1m }
leave: { over: 30s, timeout: 1h, onTimeout: remove, atOnce: 50%, cordon: drain, taints: [x=y:NoExecute] }
keep: { servers: 3 }
strict: true
nodeCondition: true
defaults: { to: pods, forwarding: masq, weight: equal, check: tcp }
services: [{ service: "udp/[2001:db8::1]:53", of: dns/dns, to: hostPort, hostPort: 5353 }]
`),
    ).toMatchObject({
      namespaces: ['a', 'b'],
      class: { name: 'example.com/lb', servesDefault: true },
      join: { afterMs: 0, overMs: 60_000 },
      leave: {
        overMs: 30_000,
        timeoutMs: 3_600_000,
        onTimeout: 'remove',
        atOncePercent: 50,
        cordon: 'drain',
        taints: [{ key: 'x', value: 'y', effect: 'NoExecute' }],
      },
      keep: { servers: 3 },
      isStrict: true,
      writesNodeCondition: true,
      defaults: {
        to: 'pods',
        forwarding: 'masq',
        weight: 'equal',
        check: { probe: { kind: 'tcp' } },
      },
      bindings: [{ service: 'udp/[2001:db8::1]:53', to: 'hostPort', hostPort: 5353 }],
    });
  });

  const head = 'cluster: prod\ninCluster: true\nclass: a/b\n';

  it.each([
    [`${head}clas: x`, '"clas" is no field here (did you mean class?)', 4, 1],
    [
      `${head}leave: { ontimeout: hold }`,
      '"ontimeout" is no field here (did you mean onTimeout?)',
      4,
      10,
    ],
    [
      `${head}services:\n  - { servce: x }`,
      '"servce" is no field here (did you mean service?)',
      5,
      7,
    ],
    [`${head}leave:\n  atOnce: 0%`, 'leave.atOnce: write a percentage from 1% to 100%', 5, 11],
    [
      `${head}leave: { taints: ['a:Nowhere'] }`,
      'leave.taints.0: "a:Nowhere" is none: write a taint as key, key=value, key:Effect or key=value:Effect',
      4,
      19,
    ],
    [
      `${head}nodes: { selector: 'a in b' }`,
      'nodes.selector: "a in b" is none: write a label selector such as role=edge or \'!node-role.kubernetes.io/control-plane\'',
      4,
      20,
    ],
    [
      `${head}nodes: { within: [10.0.0.0/33] }`,
      'nodes.within.0: "10.0.0.0/33" is none: write an address, or a range such as 10.0.0.0/16 or fd00::/8',
      4,
      19,
    ],
    [`${head}nodes: { address: Hostname }`, 'nodes.address: write InternalIP or ExternalIP', 4, 19],
    [`${head}join: { after: soon }`, 'join.after: write a duration such as 10s', 4, 16],
    [`${head}keep: { servers: 0 }`, 'keep.servers: at least 1', 4, 18],
    [
      'cluster: Prod!\ninCluster: true\nclass: a/b',
      'cluster: write a name for the cluster: small letters, digits, dots and dashes',
      1,
      10,
    ],
    [
      'cluster: prod\nclass: a/b',
      'kubeconfig: say where the cluster is: kubeconfig: FILE, or inCluster: true',
      1,
      1,
    ],
    [
      'cluster: prod\ninCluster: true\nkubeconfig: x\nclass: a/b',
      'kubeconfig: say where the cluster is: kubeconfig: FILE, or inCluster: true',
      3,
      13,
    ],
    [
      'cluster: prod\ninCluster: true\nallowExec: true\nclass: a/b',
      'allowExec: allowExec belongs to a kubeconfig',
      3,
      12,
    ],
    [
      'cluster: prod\ninCluster: true',
      'class: name the class of the Services to serve, or at least one of services',
      1,
      1,
    ],
    [
      `${head}services:\n  - { service: fwm/7, of: a/b }`,
      'services.0.service: "fwm/7" is none: write a virtual service such as tcp/203.0.113.10:443 or udp/[2001:db8::1]:53',
      5,
      16,
    ],
    [
      `${head}services:\n  - { service: 'tcp/203.0.113.1:80', of: web }`,
      'services.0.of: "web" is none: write namespace/name, or namespace/name:port',
      5,
      42,
    ],
    [
      `${head}services:\n  - { service: 'tcp/203.0.113.1:80', of: a/b }\n  - { service: 'tcp/203.0.113.1:80', of: a/c }`,
      'services.1.service: tcp/203.0.113.1:80 is here twice',
      6,
      16,
    ],
    [
      `${head}defaults: { forwarding: route }`,
      'defaults.forwarding: route keeps the port, and a node port is another one: write masq, or to: service',
      4,
      25,
    ],
    [
      `${head}defaults: { to: service, forwarding: masq }`,
      'defaults.forwarding: masq brings the packets to the node under its own address, where no service port listens: write route or tunnel, or to: nodePort',
      4,
      38,
    ],
    [
      `${head}services: [{ service: 'tcp/203.0.113.1:80', of: a/b, hostPort: 80 }]`,
      'services.0.hostPort: hostPort has a meaning for to: hostPort only',
      4,
      64,
    ],
    [`${head}defaults: { check: 'ftp://x' }`, undefined, 4, 20],
  ])('%j is refused with its place', (text, what, line, column) => {
    const failure = failureOf(text);
    if (what !== undefined) expect(failure?.what).toBe(what);
    expect(failure).toMatchObject({ kind: 'usage', place: { file: 'kube.yaml', line, column } });
  });
});
