/** Ids become file names and keys: nothing but what this program makes itself. */
export const isRolloutId = (text: string): boolean => /^[0-9a-z-]{1,64}$/.test(text);
