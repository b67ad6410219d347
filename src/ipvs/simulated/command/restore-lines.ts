const maxTokenLength = 4_096;

/**
 * The lines of `ipvsadm -R`, split into words as config_stream.c does it: blanks, tabs and CRs
 * separate, a word `ipvsadm` is dropped, and neither quotes nor comments are known. A last line
 * that ends in two or more blanks and has no newline is lost. Empty lines are left out.
 */
export function restoreLines(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  if (!/[ \t\r]{2}$/.test(last)) lines.push(last);
  return lines.map(splitWords).filter((words) => words.length > 0);
}

function splitWords(line: string): readonly string[] {
  const tokens = line.split(/[ \t\r]+/).filter((word) => word !== '');
  return tokens.flatMap(cutLongToken).filter((word) => word !== 'ipvsadm');
}

/** A word longer than a line may be becomes several. */
function cutLongToken(token: string): readonly string[] {
  if (token.length <= maxTokenLength) return [token];
  return [token.slice(0, maxTokenLength), ...cutLongToken(token.slice(maxTokenLength))];
}
