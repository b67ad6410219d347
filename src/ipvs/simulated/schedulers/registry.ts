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

/** The schedulers that hash addresses: the simulation can set and list them, and models none. */
const onlyNamed = ['lblc', 'lblcr', 'dh', 'sh', 'mh'];

/** Tells whether `-s` accepts the name. `none` is the kernel's word for no scheduler. */
export function isScheduler(name: string): boolean {
  return name === 'none' || Object.hasOwn(modelled, name) || onlyNamed.includes(name);
}

/** The scheduler of a name; `undefined` for a scheduler that can be set but not followed. */
export function findScheduler(name: string): BindScheduler | undefined {
  return Object.hasOwn(modelled, name) ? modelled[name] : undefined;
}

export const modelledSchedulers: readonly string[] = Object.keys(modelled);
