import { formatServerName } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { RealServer, Snapshot, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { Advice } from '../../domain/printed-command.ts';
import { addedServer } from '../added-server.ts';
import { type Remembered, rememberedBy, weightBefore } from '../maintenance/remembered.ts';
import { askedServices, serversNamed } from '../select-services.ts';
import { sum } from '../weights/ramp-table.ts';
import type {
  MoveRequest,
  MoveSelection,
  MovingServer,
  SelectedMove,
  WeightedServer,
} from './move-request.ts';

/** Selects in each service the servers that come into it, as the first of its own would have them. */
export function selectAdded(
  request: MoveRequest,
  snapshot: Pick<Snapshot, 'services'>,
  remembered: readonly Remembered[],
): SelectedMove {
  const diagnostics: Diagnostic[] = [];
  const selections = askedServices(request, snapshot, diagnostics).flatMap(
    (service): readonly MoveSelection[] => {
      const moving: MovingServer[] = [];
      for (const asked of request.servers) {
        const found = newcomer(service, asked, remembered);
        if ('code' in found) diagnostics.push(found);
        else if (moving.some(({ server }) => server.key === found.server.key)) {
          diagnostics.push(namedTwice(service, found.server));
        } else moving.push(found);
      }
      return moving.length > 0 ? [{ service, moving, bystanders: service.servers }] : [];
    },
  );
  return { selections, diagnostics };
}

function newcomer(
  service: VirtualService,
  { name, weight }: WeightedServer,
  remembered: readonly Remembered[],
): MovingServer | Diagnostic {
  const at = { severity: 'error', service: service.key } as const;
  const [model] = service.servers;
  if (!model) {
    return {
      ...at,
      code: 'no-server-to-take-after',
      message: `${service.key} has no real server whose forwarding method ${formatServerName(name)} could take`,
      next: 'add the first with ipvsadm -a, which says how it forwards',
    };
  }
  const held = serversNamed(service, name);
  const [there] = held.length === 1 || name.port !== undefined ? held : sameAs(held, model);
  if (there) return isThere(service, there, weight, remembered);
  const server = addedServer(service, {
    ...{ name, model, alike: service.servers, option: '', place: 'beside' },
  });
  if ('code' in server) return server;
  const target = weight ?? meanWeight(service, remembered);
  if (target !== undefined) return { server, target, added: true };
  return {
    ...at,
    code: 'weight-unknown',
    message: `no real server of ${service.key} has weight, so there is none that ${server.key} could be like`,
    next: `say which it should get, for example ${server.key}=100`,
  };
}

const sameAs = (held: readonly RealServer[], { port }: RealServer): readonly RealServer[] =>
  held.filter((server) => server.port === port);

/** The mean of the base weights of servers that have weight, at least 1. */
function meanWeight(
  { key, servers }: VirtualService,
  remembered: readonly Remembered[],
): number | undefined {
  const weights = servers
    .filter(({ weight }) => weight > 0)
    .map((server) => weightBefore(remembered, key, server));
  return weights.length === 0 ? undefined : Math.max(1, Math.round(sum(weights) / weights.length));
}

function isThere(
  { key: service }: VirtualService,
  { key, weight }: RealServer,
  asked: number | undefined,
  remembered: readonly Remembered[],
): Diagnostic {
  const at = { severity: 'error', code: 'server-there', service } as const;
  const message = `${key} is a real server of ${service} already, with weight ${weight}`;
  const mark = weight === 0 ? rememberedBy(remembered, 'operator', service, key) : undefined;
  if (mark && !mark.at) {
    return {
      ...at,
      message: `${message}: it was taken out with drain out`,
      next: ['bring it in: ', ['in', key, '--service', service]],
    };
  }
  if (asked === weight) return { ...at, message, next: 'there is nothing to do' };
  const see: Exclude<Advice, string> =
    weight === 0 ? ['; or see which rollout has it: ', ['status']] : [];
  return asked === undefined
    ? { ...at, message, next: ['drain weight gives it another one', ...see] }
    : {
        ...at,
        message,
        next: ['give it that: ', ['weight', `${key}=${asked}`, '--service', service], ...see],
      };
}

export const namedTwice = ({ key }: VirtualService, server: RealServer): Diagnostic => ({
  severity: 'error',
  code: 'same-server',
  service: key,
  message: `${server.key} is named twice`,
  next: 'name it once, with the weight that it should have',
});
