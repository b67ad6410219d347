import { numberToDotted } from '../table/addresses.ts';
import type { KernelServer } from '../table/kernel-server.ts';
import type { KernelService } from '../table/kernel-service.ts';
import type { PacketTarget } from '../table/kernel-table.ts';
import { Timer, type TimerWheel } from '../time/timer-wheel.ts';
import { maskClient } from './client-address.ts';
import type { Sysctl } from './sysctl.ts';

const ftpPort = 21;

/** A template that is due while connections hang on it lives on for this long. */
const prolongedMs = 60_000;

/** The clients that a template is for, and the address they went to: `IP` is a firewall mark. */
export interface TemplateName {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP' | 'IP';
  readonly client: string;
  readonly address: string;
  readonly port: number;
}

/** A persistence template: all connections of these clients go to this server. */
export class Template extends Timer {
  readonly name: TemplateName;
  readonly server: KernelServer;
  readonly serverPort: number;
  timeoutMs: number;
  /** The number of connections made from the template. */
  controlled = 0;
  /** True once a connection of the template was answered. */
  assured = false;
  /**
   * True once the template led to a removed or quiesced server: listed to its end, but not used.
   */
  invalidated = false;
  private readonly expire: (template: Template) => void;

  constructor(options: {
    readonly name: TemplateName;
    readonly server: KernelServer;
    readonly serverPort: number;
    readonly timeoutMs: number;
    readonly expire: (template: Template) => void;
  }) {
    super();
    this.name = options.name;
    this.server = options.server;
    this.serverPort = options.serverPort;
    this.timeoutMs = options.timeoutMs;
    this.expire = options.expire;
  }

  override fire(): void {
    this.expire(this);
  }
}

/** `ip_vs_sched_persist` of ip_vs_core.c: finds the template of a client, or makes one. */
export class TemplateTable {
  private readonly byName = new Map<string, Template>();
  private readonly invalidated = new Set<Template>();
  private readonly wheel: TimerWheel;
  private readonly sysctl: () => Sysctl;

  constructor(wheel: TimerWheel, sysctl: () => Sysctl) {
    this.wheel = wheel;
    this.sysctl = sysctl;
  }

  entries(): readonly Template[] {
    return [...this.byName.values(), ...this.invalidated];
  }

  /** Finds or makes a template, and renews its timer; `undefined` when no server is available. */
  use(service: KernelService, target: PacketTarget, client: number): Template | undefined {
    const name = templateName(service, target, client);
    const key = keyOf(name);
    const known = this.byName.get(key);
    const template = known && this.isUsable(known) ? known : this.create(service, name, target);
    if (template) this.wheel.arm(template, this.wheel.nowMs + template.timeoutMs);
    return template;
  }

  /** Drops the templates of removed servers that no connection needs, with expire_nodest_conn=1. */
  serverRemoved(): void {
    for (const template of this.entries()) {
      if (!template.server.available && template.controlled === 0) this.remove(template);
    }
  }

  private remove(template: Template): void {
    this.wheel.disarm(template);
    this.invalidated.delete(template);
    if (this.byName.get(keyOf(template.name)) === template) {
      this.byName.delete(keyOf(template.name));
    }
    template.server.unbind('template');
  }

  private isUsable(template: Template): boolean {
    const { server } = template;
    const quiescent = this.sysctl().expireQuiescentTemplate === 1 && server.weight === 0;
    if (server.available && !quiescent) return true;
    template.invalidated = true;
    this.byName.delete(keyOf(template.name));
    this.invalidated.add(template);
    return false;
  }

  private create(
    service: KernelService,
    name: TemplateName,
    target: PacketTarget,
  ): Template | undefined {
    const server = service.schedule();
    if (!server) return undefined;
    const ownPort = target.port === portOf(service) && target.port !== ftpPort;
    const template = new Template({
      name,
      server,
      serverPort: ownPort ? server.port : 0,
      timeoutMs: service.settings.persistenceTimeoutS * 1_000,
      expire: (expired) => this.expire(expired),
    });
    server.bind('template');
    this.byName.set(keyOf(name), template);
    return template;
  }

  private expire(template: Template): void {
    if (template.controlled === 0) {
      this.remove(template);
      return;
    }
    template.timeoutMs = prolongedMs;
    this.wheel.arm(template, this.wheel.nowMs + prolongedMs);
  }
}

/** A mark's services have port 0. */
export const portOf = (service: KernelService): number =>
  service.address.kind === 'address' ? service.address.port : 0;

function templateName(service: KernelService, target: PacketTarget, client: number): TemplateName {
  const family = target.address.includes(':') ? 6 : 4;
  const masked = maskClient(client, family, service.settings.netmask);
  const ownPort = target.port === portOf(service);
  if (!ownPort && service.address.kind === 'fwmark') {
    const { mark } = service.address;
    const address = family === 4 ? numberToDotted(mark) : `::${mark.toString(16)}`;
    return { protocol: 'IP', client: masked, address, port: 0 };
  }
  return {
    protocol: target.protocol.toUpperCase() as 'TCP' | 'UDP' | 'SCTP',
    client: masked,
    address: target.address,
    port: ownPort && target.port !== ftpPort ? target.port : 0,
  };
}

const keyOf = ({ protocol, client, address, port }: TemplateName): string =>
  `${protocol} ${client} ${address} ${port}`;
