import { bindFo, bindLc, bindNq, bindOvf, bindSed, bindWlc } from './least-loaded.ts';
import { bindRr } from './rr.ts';
import type { BindScheduler } from './scheduler.ts';
import { bindWrr } from './wrr.ts';

const modelled: Readonly<Record<string, BindScheduler>> = {
  rr: bindRr,
  wrr: bindWrr,
  lc: bindLc,
  wlc: bindWlc,
  sed: bindSed,
  nq: bindNq,
  fo: bindFo,
  ovf: bindOvf,
};

/** They hash addresses; the simulation can set and list them, and refuses to guess whom they choose. */
const onlyNamed = ['lblc', 'lblcr', 'dh', 'sh', 'mh'];

/** Whether `-s` accepts the name. `none` is the kernel's word for a service without a scheduler. */
export function isScheduler(name: string): boolean {
  return name === 'none' || Object.hasOwn(modelled, name) || onlyNamed.includes(name);
}

/** `undefined` for a scheduler that can be set but not followed. */
export function findScheduler(name: string): BindScheduler | undefined {
  return Object.hasOwn(modelled, name) ? modelled[name] : undefined;
}

export const modelledSchedulers: readonly string[] = Object.keys(modelled);
