// Words of an instruction: split, unquoted, variables put in, as Docker's builder does it and a shell nearly does.

export type Lookup = (variable: string) => string | undefined;

/** Quotes keep blanks together; single quotes keep `$` as it is. */
export function expandWords(text: string, lookup: Lookup): string[] {
  return new WordReader(text, lookup).words();
}

/** The whole text as one word. */
export function expandText(text: string, lookup: Lookup): string {
  return new WordReader(text, lookup).text();
}

class WordReader {
  #position = 0;

  constructor(
    private readonly source: string,
    private readonly lookup: Lookup,
  ) {}

  words(): string[] {
    const words: string[] = [];
    for (;;) {
      while (/\s/.test(this.#peek())) this.#position++;
      if (this.#peek() === '') return words;
      words.push(this.#until(/\s/));
    }
  }

  text(): string {
    return this.#until(undefined);
  }

  #until(end: RegExp | undefined): string {
    let out = '';
    for (let next = this.#peek(); next !== '' && end?.test(next) !== true; next = this.#peek()) {
      this.#position++;
      if (next === "'") out += this.#quoted();
      else if (next === '"') out += this.#doubleQuoted();
      else if (next === '\\') out += this.#take();
      else out += next === '$' ? this.#variable() : next;
    }
    return out;
  }

  #quoted(): string {
    const end = this.source.indexOf("'", this.#position);
    const text = this.source.slice(this.#position, end === -1 ? undefined : end);
    this.#position = end === -1 ? this.source.length : end + 1;
    return text;
  }

  #doubleQuoted(): string {
    let out = '';
    for (let next = this.#take(); next !== '' && next !== '"'; next = this.#take()) {
      if (next === '\\' && /["\\$]/.test(this.#peek())) out += this.#take();
      else out += next === '$' ? this.#variable() : next;
    }
    return out;
  }

  /** After the `$`: NAME, {NAME}, {NAME:-word} or {NAME:+word}. */
  #variable(): string {
    const rest = this.source.slice(this.#position);
    const braced = /^\{([A-Za-z_][A-Za-z0-9_]*)(?::([-+])([^}]*))?\}/.exec(rest);
    if (braced !== null) {
      const [whole, name = '', operator, word = ''] = braced;
      this.#position += whole.length;
      const value = this.lookup(name) ?? '';
      if (operator === '-' && value === '') return expandText(word, this.lookup);
      if (operator === '+') return value === '' ? '' : expandText(word, this.lookup);
      return value;
    }
    const plain = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
    if (plain === undefined) return '$';
    this.#position += plain.length;
    return this.lookup(plain) ?? '';
  }

  #peek(): string {
    return this.source.charAt(this.#position);
  }

  #take(): string {
    const next = this.#peek();
    this.#position++;
    return next;
  }
}
