/** An option as popt(3) knows it; several spellings may share a name. */
export interface PoptOption<Name extends string> {
  readonly name: Name;
  readonly long: string;
  readonly short?: string;
  /** The need of a value; `optional`: taken if there is a next word that begins without a dash. */
  readonly value?: 'required' | 'optional';
}

export type PoptEvent<Name extends string> =
  | {
      readonly kind: 'option';
      readonly name: Name;
      readonly value: string | undefined;
      /** The word of the option, for error messages. */
      readonly word: string;
    }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly word: string; readonly problem: string };

/**
 * Reads options one by one, the way `poptGetNextOpt` does: `-Ln`, `-w5`, `-w=5`, `-w 5`,
 * `--weight=5`, `--weight 5`. A word that is no option is kept for later, wherever it stands.
 */
export class PoptReader<Name extends string> {
  readonly leftovers: string[] = [];
  private readonly args: readonly string[];
  private readonly options: readonly PoptOption<Name>[];
  private next = 0;
  /** The rest of a word of short options. */
  private cluster = '';
  private onlyLeftovers = false;

  constructor(args: readonly string[], options: readonly PoptOption<Name>[]) {
    this.args = args;
    this.options = options;
  }

  read(): PoptEvent<Name> {
    while (this.cluster === '') {
      const word = this.args[this.next++];
      if (word === undefined) return { kind: 'end' };
      if (word === '--') this.onlyLeftovers = true;
      else if (this.onlyLeftovers || !/^-./.test(word)) this.leftovers.push(word);
      else if (word.startsWith('--')) return this.readLong(word);
      else this.cluster = word.slice(1);
    }
    return this.readShort();
  }

  private readLong(word: string): PoptEvent<Name> {
    const [, name = '', attached] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const option = this.options.find(({ long }) => long === name);
    if (!option) return this.error('unknown option');
    if (attached !== undefined && !option.value) {
      return this.error('option does not take an argument');
    }
    return this.take(option, attached);
  }

  private readShort(): PoptEvent<Name> {
    const letter = this.cluster.charAt(0);
    this.cluster = this.cluster.slice(1);
    const option = this.options.find(({ short }) => short === letter);
    if (!option) return this.error('unknown option');
    if (!option.value && this.cluster.startsWith('=')) {
      return this.error('option does not take an argument');
    }
    if (!option.value || this.cluster === '') return this.take(option, undefined);
    const attached = this.cluster.replace(/^=/, '');
    this.cluster = '';
    return this.take(option, attached);
  }

  private take(option: PoptOption<Name>, attached: string | undefined): PoptEvent<Name> {
    const word = this.word;
    const event = { kind: 'option', name: option.name, word } as const;
    if (!option.value || attached !== undefined) return { ...event, value: attached };
    const following = this.args[this.next];
    if (option.value === 'optional' && (following ?? '-').startsWith('-')) {
      return { ...event, value: undefined };
    }
    if (following === undefined) return this.error('missing argument');
    this.next++;
    return { ...event, value: following };
  }

  private error(problem: string): PoptEvent<Name> {
    return { kind: 'error', word: this.word, problem };
  }

  /** The word read last. */
  private get word(): string {
    return this.args[this.next - 1] ?? '';
  }
}
