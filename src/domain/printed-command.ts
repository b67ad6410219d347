/** The commands that messages name. */
export const printedNames = [
  'pause',
  'continue',
  'resume',
  'promote',
  'rollback',
  'abandon',
  'status',
  'history',
  'report',
  'apply',
  'in',
  'out',
  'weight',
  'unfreeze',
] as const;
export type PrintedName = (typeof printedNames)[number];

/** A command of `drain` that is printed to be pasted: its name, and words still unquoted. */
export type PrintedCommand = readonly [name: PrintedName, ...words: readonly string[]];

/**
 * Advice for people: a text, or parts of one with commands in it as data. Only a front end knows where
 * it is to be pasted, so only a front end writes the commands out.
 */
export type Advice = string | readonly (string | PrintedCommand)[];
