// What the engine writes into a sandbox's HTTPS requests on their way out: headers, by domain, with secrets that never
// enter the sandbox.

import { EngineError } from '../errors.js';
import { foldedName } from '../http-proxy/headers.js';

export interface HeaderReplacement {
  /** `example.com`, `*.example.com` (with the domain itself), or `*`. */
  domain: string;
  /** `$KEY` stands for a value of the secret, `$$` for a dollar. */
  headers: Readonly<Record<string, string>>;
  secret: Readonly<Record<string, string>>;
}

/** Headers that decide where a request goes or where it ends. */
const FRAMING = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'expect']);

interface Rule {
  domain: string;
  headers: ReadonlyMap<string, { name: string; value: string }>;
}

export class OutboundPolicy {
  readonly #rules: readonly Rule[];

  /** Throws INVALID_ARGUMENT; no message holds a secret's value. */
  constructor(replacements: readonly HeaderReplacement[]) {
    this.#rules = replacements.map(({ domain, headers, secret }) => ({
      domain: checkDomain(domain),
      headers: new Map(Object.entries(headers).map(([name, template]) => [foldedName(checkName(name)), { name, value: expand(name, template, secret) }])),
    }));
  }

  covers(host: string): boolean {
    return this.#rules.some(({ domain }) => matches(domain, host));
  }

  /** The headers for a host, by folded name; a later replacement wins. */
  headersFor(host: string): Map<string, { name: string; value: string }> {
    return new Map(this.#rules.filter(({ domain }) => matches(domain, host)).flatMap(({ headers }) => [...headers]));
  }
}

function matches(domain: string, host: string): boolean {
  if (domain === '*') return true;
  return domain.startsWith('*.') ? host === domain.slice(2) || host.endsWith(domain.slice(1)) : host === domain;
}

function checkDomain(text: string): string {
  const domain = text.toLowerCase().replace(/\.$/, '');
  if (domain !== '*' && !/^(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(domain)) {
    throw invalid(`'${text}' is not a domain such as example.com, *.example.com or *`);
  }
  return domain;
}

function checkName(name: string): string {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw invalid(`'${name}' is not the name of a header`);
  if (FRAMING.has(foldedName(name))) throw invalid(`the header '${name}' is not for a policy to replace`);
  return name;
}

function expand(name: string, template: string, secret: Readonly<Record<string, string>>): string {
  const value = template.replace(/\$(\$|[A-Za-z_][A-Za-z0-9_]*)?/g, (_whole, key: string | undefined) => {
    if (key === '$') return '$';
    if (key === undefined) throw invalid(`a single $ in the value of '${name}': write $$ for a dollar, $KEY for a value of the secret`);
    const found = secret[key];
    if (found === undefined) throw invalid(`the value of '${name}' names $${key}, which its secret does not hold`);
    return found;
  });
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) throw invalid(`the value of '${name}' holds a line break or a control character`);
  return value;
}

function invalid(what: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', `experimental_outbound_policy: ${what}`);
}
