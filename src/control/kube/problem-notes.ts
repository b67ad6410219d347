import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import type { EventNote } from '../../kube/cluster-events/event-book.ts';
import type { Problem } from '../../kube/wanted/problem.ts';

export interface ToldProblems {
  readonly notices: readonly KubeNoticeBody[];
  readonly notes: readonly EventNote[];
}

/** Finds the problems that are new, each said once for as long as it lasts. */
export function createProblemNotes(): (problems: readonly Problem[]) => ToldProblems {
  let known: ReadonlySet<string> = new Set();
  let last: readonly Problem[] | undefined;
  return (problems) => {
    if (problems === last) return { notices: [], notes: [] };
    last = problems;
    const keys = problems.map((one) => JSON.stringify([one.reason, one.about, one.message]));
    const fresh = problems.filter((_, i) => !known.has(keys[i] ?? ''));
    known = new Set(keys);
    return { notices: fresh.map(noticeOf), notes: fresh.flatMap(noteOf) };
  };
}

const noticeOf = ({ severity, reason, about, message }: Problem): KubeNoticeBody => ({
  ...{ type: 'problem', severity, reason, message },
  about: subjectOf(about),
});

function subjectOf(about: Problem['about']): string {
  if (about.kind === 'binding') return about.service;
  return about.kind === 'Node' ? `Node ${about.name}` : `Service ${about.namespace}/${about.name}`;
}

const noteOf = ({ severity, reason, about, message }: Problem): readonly EventNote[] =>
  about.kind === 'binding'
    ? []
    : [{ type: severity, reason, action: 'Ensure', regarding: about, note: message }];
