/**
 * The name of a local table in locks and marks, which is the same for all words that lead to it:
 * `sudo -n /sbin/ipvsadm` is `ipvsadm`, and `nsenter --net=/run/netns/lb ipvsadm` is
 * `ip netns exec lb ipvsadm`. A name that an earlier version wrote has the name of this one.
 */
export function localTable(ipvsadm: string): string {
  const words = unraised(ipvsadm.split(/\s+/).filter((word) => word !== ''));
  if (isIpvsadm(words)) return 'ipvsadm';
  const [netns, rest] = namespaceOf(words);
  return netns !== undefined && isIpvsadm(unraised(rest))
    ? `ip netns exec ${netns} ipvsadm`
    : words.join(' ');
}

/** The network namespace that a table's name has, as ip-netns(8) knows it. */
export const netnsOfTable = (table: string): string | undefined =>
  /^ip netns exec (\S+) ipvsadm$/.exec(table)?.[1];

/** Words without sudo(8) or doas(1) before them: who calls makes no other table. */
function unraised(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words;
  if (!/^(?:\S*\/)?(?:sudo|doas)$/.test(first)) return words;
  let index = 0;
  for (; rest[index]?.startsWith('-'); index++) {
    if (rest[index] === '--') return rest.slice(index + 1);
    if (takesWord.test(rest[index] ?? '')) index++;
  }
  return rest.slice(index);
}

/** The words before a command that make it root's: `['sudo', '-n']` of `sudo -n ipvsadm`. */
export function raisingWords(command: readonly string[]): readonly string[] {
  return command.slice(0, command.length - unraised(command).length);
}

/** The options of sudo and doas whose value is the next word. */
const takesWord = /^-[a-zA-Z]*[aCcDghpRrTtuU]$/;

/** A program of that name elsewhere may be a script, which leads anywhere. */
const isIpvsadm = ([program = '', ...more]: readonly string[]): boolean =>
  more.length === 0 && /^(?:(?:\/usr)?(?:\/local)?\/s?bin\/)?ipvsadm$/.test(program);

/** The named network namespace that words enter, and the words behind that. */
function namespaceOf(words: readonly string[]): readonly [string | undefined, readonly string[]] {
  const [first = '', ...rest] = words;
  const program = first.replace(/^(?:\/usr)?\/s?bin\//, '');
  if (program === 'ip' && rest[0] === 'netns' && rest[1] === 'exec')
    return [rest[2], rest.slice(3)];
  const entered = /^(?:--net=|-n)\/(?:var\/)?run\/netns\/([^/\s]+)$/.exec(rest[0] ?? '');
  return program === 'nsenter' && entered ? [entered[1], rest.slice(1)] : [undefined, words];
}
