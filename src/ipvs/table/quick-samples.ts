import type { ServiceKey } from '../../domain/address.ts';
import type { ServiceSample } from '../../domain/ipvs/ipvs.ts';
import { type CountReader, countReaderOf } from './proc-table.ts';

/** Samples from the kernel's own file, without a process, where the file can be read. */
export interface QuickSamples {
  /** Takes in all that ipvsadm has said of some services. */
  learn(samples: Iterable<ServiceSample>): void;
  /** The samples of these services, or `undefined` when ipvsadm has to be asked. */
  of(services: readonly ServiceKey[]): readonly ServiceSample[] | undefined;
  /**
   * Tells whether the file shows these servers and weights, whatever their connections; `undefined`
   * when the file cannot tell.
   */
  stillShows(samples: readonly ServiceSample[]): boolean | undefined;
}

/** The most misfits in a row: after those the file is about another table, or cannot tell. */
const mostMisfits = 3;

/**
 * Creates samples that follow ipvsadm: the file is believed only where it shows the servers and
 * weights that ipvsadm last listed. The file differs when somebody has changed the table, and when
 * the `ipvsadm` on the path is a script that goes elsewhere: in both cases ipvsadm is asked.
 */
export function createQuickSamples(readTable: () => string | undefined): QuickSamples {
  const known = new Map<ServiceKey, ServiceSample>();
  let prepared: { readonly services: string; readonly read: CountReader | undefined } | undefined;
  let misfits = 0;
  const readerOf = (services: readonly ServiceKey[]): CountReader | undefined => {
    const name = services.join();
    if (prepared?.services === name) return prepared.read;
    const samples = services.flatMap((service) => known.get(service) ?? []);
    const read = samples.length === services.length ? countReaderOf(samples) : undefined;
    prepared = { services: name, read };
    return read;
  };
  const countsIn = (read: CountReader | undefined): readonly ServiceSample[] | Misfit => {
    if (!read || misfits >= mostMisfits) return 'unreadable';
    const text = readTable();
    const samples = text === undefined ? undefined : read(text);
    misfits = samples ? 0 : misfits + 1;
    return samples ?? (text === undefined ? 'unreadable' : 'other');
  };
  return {
    learn(samples) {
      for (const sample of samples) known.set(sample.service, sample);
      prepared = undefined;
    },
    of(services) {
      const counts = countsIn(readerOf(services));
      return typeof counts === 'string' ? undefined : counts;
    },
    stillShows(samples) {
      const counts = countsIn(countReaderOf(samples));
      return counts === 'unreadable' ? undefined : counts !== 'other';
    },
  };
}

/** The reason for no counts: the file cannot tell, or tells of another table. */
type Misfit = 'unreadable' | 'other';

/** The samples where ipvsadm is all there is: over ssh, in another namespace, in a simulation. */
export const noQuickSamples: QuickSamples = {
  learn: () => {},
  of: () => undefined,
  stillShows: () => undefined,
};
