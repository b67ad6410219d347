import { assertNever } from '../../domain/assert-never.ts';
import { printable } from '../../domain/printable.ts';
import type { Problem } from '../wanted/problem.ts';
import type { ServerDifference, ServiceDifference } from './differences.ts';

/** `tcp/203.0.113.10:80 for shop/web:http`, and a line for each server below it. */
export function differenceLines({
  service,
  of,
  change,
  servers,
  waitsFor,
}: ServiceDifference): readonly string[] {
  const nodes = servers.map(({ node }) => printable(node ?? '', 40));
  const widths = {
    server: Math.max(0, ...servers.map(({ server }) => server.length)),
    node: Math.max(0, ...nodes.map((node) => node.length)),
  };
  return [
    `${service} for ${printable(of)}${serviceWords[change]}`,
    ...(waitsFor === undefined
      ? []
      : [`  once ${waitsFor} is over: drain resume, rollback or abandon ${waitsFor}`]),
    ...servers.map((one, i) => {
      const at = `${signs[one.change]} ${one.server.padEnd(widths.server)}  ${(nodes[i] ?? '').padEnd(widths.node)}`;
      return `  ${at}  ${serverWords(one)}`.trimEnd();
    }),
    ...(servers.length === 0 ? ['  no server'] : []),
  ];
}

const serviceWords: Readonly<Record<ServiceDifference['change'], string>> = {
  add: ': is added, scheduler wrr',
  keep: '',
  remove: ': is removed when its servers are gone',
  none: '',
};

const signs: Readonly<Record<ServerDifference['change'], string>> = {
  add: '+',
  'bring-in': '^',
  keep: '=',
  'take-out': '-',
  wait: '.',
  'pass-over': '.',
  foreign: ' ',
};

function serverWords({ change, weight, capacity, why, detail }: ServerDifference): string {
  const cause = why === undefined ? '' : whyWords(why, detail);
  switch (change) {
    case 'add':
      return `joins from weight 0, with ${parts(capacity)}`;
    case 'bring-in':
      return `comes back from weight 0, with ${parts(capacity)}`;
    case 'keep':
      return `stays, weight ${weight}, with ${parts(capacity)}`;
    case 'take-out':
      return weight === 0
        ? `is at weight 0, and leaves when it is empty: ${cause}`
        : `weight ${weight} to 0, and leaves when it is empty: ${cause}`;
    case 'wait':
      return `waits: ${cause}`;
    case 'pass-over':
      return `is not added: ${cause}`;
    case 'foreign':
      return `weight ${weight}, is somebody else's and stays as it is`;
    default:
      return assertNever(change);
  }
}

const parts = (capacity = 1): string => `${capacity} ${capacity === 1 ? 'part' : 'parts'}`;

const words: Readonly<Record<string, string>> = {
  'not-ready': 'the node is not Ready',
  'ready-too-short': 'the node is not Ready for long enough',
  'network-unavailable': "the node's network is not up",
  uninitialized: 'the cloud controller has not initialized the node',
  'exclude-label': 'the node has the exclude label',
  'not-selected': 'nodes.selector does not select the node',
  cordon: 'the node is cordoned',
  taint: 'the node has the taint',
  'node-deleting': 'the node is being deleted',
  'node-shutdown': 'the machine is shutting down',
  'node-deleted': 'the cluster has no such server any more',
  'node-replaced': 'another machine has the name now',
  'no-endpoint': 'no endpoint is ready there',
  'pod-terminating': 'the pod terminates',
  'service-deleted': 'the Service is being deleted',
  'service-left-class': 'the Service has left the class',
  'service-refused': 'the Service asks for what is refused',
};

const whyWords = (why: string, detail: string | undefined): string =>
  `${words[why] ?? why}${detail === undefined ? '' : ` ${printable(detail)}`}`;

/** `Warning NoNodePort, Service shop/web: ...`. */
export function problemLine({ severity, reason, about, message }: Problem): string {
  const subject = (): string => {
    switch (about.kind) {
      case 'Service':
        return `Service ${printable(about.namespace)}/${printable(about.name)}`;
      case 'Node':
        return `Node ${printable(about.name)}`;
      case 'binding':
        return `services of the file, ${about.service}`;
      default:
        return assertNever(about);
    }
  };
  return `${severity} ${reason}, ${subject()}: ${message}`;
}
