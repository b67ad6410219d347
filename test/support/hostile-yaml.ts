/** Texts that break parsers: by name, what they try, and made only when they are asked for. */
export const hostileYaml: Readonly<Record<string, () => string>> = {
  'a list in a list, without end': () => '['.repeat(1_000_000),
  'ten thousand lists in each other': () => '['.repeat(10_000) + ']'.repeat(10_000),
  'ten thousand maps in each other': () => '{a: '.repeat(10_000) + '}'.repeat(10_000),
  'ten thousand block lists in one line': () => `${'- '.repeat(10_000)}a`,
  'ten thousand explicit keys': () => `${'? '.repeat(10_000)}a`,
  'four thousand indented maps': () =>
    Array.from({ length: 4_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
  'JSON as deep as it goes': () => '{"a":'.repeat(100_000),
  'a billion laughs': () =>
    `a: &a [${'x,'.repeat(9)}]\n${[...'bcdefghi']
      .map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)
      .join('\n')}`,
  'an alias of nothing': () => 'from: *nowhere',
  'a list that holds itself': () => 'from: &a [*a]',
  'a map that holds itself': () => 'names: &a {x: *a}',
  'two hundred thousand aliases': () => `a: &a x\nb:\n${'- *a\n'.repeat(200_000)}`,
  'a hundred thousand keys': () => Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n'),
  'ten thousand names': () =>
    `names:\n${Array.from({ length: 10_000 }, (_, i) => `  n${i}: 10.0.${i >> 8}.${i & 255}\n`).join('')}`,
  'a megabyte of quotes': () => '"'.repeat(1_000_000),
  'a megabyte of wrong escapes': () => `"${'\\x'.repeat(500_000)}"`,
  'a megabyte of commas': () => `[${','.repeat(1_000_000)}]`,
  'a megabyte of stars': () => '* '.repeat(500_000),
  'a megabyte of closing brackets': () => '}'.repeat(1_000_000),
  'a megabyte of colons': () => ': '.repeat(500_000),
  'a megabyte of tags': () => `${'!a '.repeat(300_000)}x`,
  'a megabyte of documents': () => '---\n'.repeat(250_000),
  'a megabyte of empty lines': () => '\n'.repeat(1_000_000),
  'a megabyte of comments': () => '#\n'.repeat(500_000),
  'a line of a megabyte': () => `from: ${'x'.repeat(1_000_000)}`,
  'a text of ten megabytes': () => `from: |\n${' xxxxxxxxx\n'.repeat(900_000)}`,
  'a function': () => 'from: !!js/function "function () { globalThis.polluted = 1 }"',
  'a function that is called': () =>
    'from: !!js/undefined ""\nto: !<tag:yaml.org,2002:js/eval> "1"',
  'a prototype': () =>
    '__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\nprototype: {polluted: 1}',
  'a prototype by merging': () => 'a: &a {__proto__: {polluted: 1}}\nb: {<<: *a}',
  'a prototype in names and groups': () =>
    'names: {__proto__: 10.0.0.1, constructor: 10.0.0.2}\ngroups: {__proto__: [polluted]}\ndefaults: {__proto__: {polluted: 1}}',
  'keys twice': () => 'from: a\nfrom: b',
  binary: () => 'from: !!binary aGVsbG8=',
  'a byte order mark': () => '\ufefffrom: 10.0.0.1',
  'NUL bytes': () => 'from: a\0b\0\0: c',
  'CRLF and CR': () => 'from: a\r\nto: b\r\rover: 5m\r\n',
  'half a surrogate pair': () => 'from: \ud83d\nx\udc00: 1',
  'escape sequences': () => '"\u001b]0;x\u0007": \u009b2J\n\u001b[2J: 1',
  'escape sequences by escapes': () => '"\\e]0;x\\a\\u202e": 1',
  'lines that end in none': () => 'from: a\u2028b\u2029c: d',
};
