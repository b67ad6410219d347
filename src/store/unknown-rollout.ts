import type { Advice } from '../domain/printed-command.ts';

/** Advice for whoever asked for a rollout that is not there. */
export const unknownAdvice: Advice = [
  ['history'],
  ' lists those of this state; --state says where to look',
];
