import type { AgentQuestion } from '../../domain/health/guard.ts';

/** What a server's agent has said so far; what an answer does not speak of stays as it was. */
export interface AgentStanding {
  /** The percentage of its base weight that the server asks for, 0...100. */
  readonly percent: number;
  /** What the agent wants the server to be; nothing but `ready` takes it back in. */
  readonly admin: 'ready' | 'drain' | 'maint';
  /** Whether the agent has said `down`, and not `up` since. */
  readonly isDown: boolean;
}

/** An agent that has said nothing yet, or that does not answer. */
export const silent: AgentStanding = { percent: 100, admin: 'ready', isDown: false };

/** The standing after one more answer, and the words of it that mean nothing. */
export interface HeardAgent {
  readonly standing: AgentStanding;
  readonly unknown: readonly string[];
}

/**
 * Reads an answer as HAProxy does: words with blanks or commas between them, up to a `#`, whatever their case.
 * `least` is the lowest percentage: an agent that means to take its server out says `drain` or `down`.
 */
export function hearAgent(
  before: AgentStanding,
  text: string,
  { least = 0 }: Pick<AgentQuestion, 'least'>,
): HeardAgent {
  const [line = ''] = text.split('#');
  const words = line.split(/[\s,]+/).filter((word) => word !== '');
  let standing = before;
  const unknown: string[] = [];
  for (const word of words) {
    const change = changeBy(word.toLowerCase(), least);
    if (change) standing = { ...standing, ...change };
    else unknown.push(word);
  }
  return { standing, unknown };
}

function changeBy(word: string, least: number): Partial<AgentStanding> | undefined {
  const digits = /^(\d{1,9})%$/.exec(word)?.[1];
  if (digits !== undefined) return { percent: Math.max(least, Math.min(100, Number(digits))) };
  switch (word) {
    case 'ready':
    case 'drain':
    case 'maint':
      return { admin: word };
    case 'up':
      return { isDown: false };
    case 'down':
    case 'fail':
    case 'stopped':
      return { isDown: true };
    default:
      return undefined;
  }
}

/** Tells whether a server should have no new connections by what its agent says. */
export const isOutByAgent = ({ percent, admin, isDown }: AgentStanding): boolean =>
  isDown || admin !== 'ready' || percent === 0;

/** The part of a base weight that a server should have: at least 1, and never more than all of it. */
export const shareOf = ({ percent }: AgentStanding, base: number): number =>
  base === 0 ? 0 : Math.max(1, Math.min(base, Math.round((base * percent) / 100)));
