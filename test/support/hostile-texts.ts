/** What people, and people who mean harm, put where a name is expected; `touch X` must never happen. */
export const hostileTexts: readonly (readonly [name: string, text: string])[] = [
  ['a command substitution', '$(touch X)'],
  ['an old command substitution', '`touch X`'],
  ['a second command', '10.0.0.1; touch X'],
  ['a pipe', '10.0.0.1| touch X'],
  ['a condition', '10.0.0.1&& touch X'],
  ['a second line', '10.0.0.1\ntouch X'],
  ['a second line for ipvsadm', '10.0.0.1:80\n-C'],
  ['a second line by CR', '10.0.0.1:80\r-C'],
  ['another option for ipvsadm', '10.0.0.1:80 -w 0'],
  ['an option of its own', '--from=10.0.0.1'],
  ['a dash', '-'],
  ['two dashes', '--'],
  ['an option of ipvsadm', '-C'],
  ['a path', '../../etc/passwd'],
  ['a title for the terminal', '\u001b]0;X\u0007'],
  ['colours', '\u001b[31m\u009b2J'],
  ['a hundred thousand letters', 'x'.repeat(100_000)],
  ['quotes', `"'\\"'`],
  ['a glob', '*?[a-z]{a,b}~'],
  ['a variable', '$HOME%PATH%'],
  ['text that runs backwards', 'a\u202eb\u2066c'],
  ['what has no width', '10.0.0.1\u200b'],
  ['a prototype', '__proto__'],
  ['another prototype', 'constructor'],
  ['nothing', ''],
  ['blanks', ' \t '],
];

/** All of it at once, for where a process is started for each. */
export const hostileText =
  '$(touch X)`touch X`;touch X|touch X&&touch X\ntouch X\n-C\r-C\u001b]0;X\u0007\u009b2J\'"*?~\u202e../../etc/passwd';
