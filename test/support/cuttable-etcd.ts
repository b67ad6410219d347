import { fail } from '../../src/domain/failure.ts';
import type { Answer, Etcd } from '../../src/store/etcd/etcd.ts';

/** What lies between a controller and etcd. */
export interface Line {
  readonly etcd: Etcd;
  /** `cut`: nothing gets through; `deaf`: what is asked for is done, and the answer is lost. */
  state: 'up' | 'cut' | 'deaf';
  /** Decides about each call by itself, where it is there. */
  fate?: () => Line['state'];
}

export function lineTo(real: Etcd): Line {
  const through = async <T>(call: () => Answer<T>): Answer<T> => {
    const state = line.fate?.() ?? line.state;
    if (state === 'cut') return fail({ kind: 'away', why: 'cut off' });
    const answer = await call();
    return state === 'deaf' ? fail({ kind: 'away', why: 'no answer' }) : answer;
  };
  const line: Line = {
    state: 'up',
    etcd: {
      range: (request) => through(() => real.range(request)),
      txn: (txn) => through(() => real.txn(txn)),
      grant: (ttlS) => through(() => real.grant(ttlS)),
      keepAlive: (lease) => through(() => real.keepAlive(lease)),
    },
  };
  return line;
}
