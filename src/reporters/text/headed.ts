/**
 * A sentence with a word before it that says what kind of thing happened, but not twice: `held: disk
 * full`, and `rolled back: as before` as it is. About these two texts alone: nothing else follows from it.
 */
export const headed = (
  word: string,
  sentence: string,
  { unless }: { readonly unless: 'begun-with-it' | 'holding-it' },
): string => {
  const at = sentence.indexOf(word);
  const isSaid = unless === 'begun-with-it' ? at === 0 : at >= 0;
  return isSaid ? sentence : `${word}: ${sentence}`;
};

/** The rest of a sentence that begins with one that was said: of `a failed; rolled back` the second half. */
export const afterSaid = (sentence: string, said: string | undefined): string =>
  said !== undefined && sentence.startsWith(`${said}; `)
    ? sentence.slice(said.length + '; '.length)
    : sentence;
