// IPv4 ranges in CIDR notation, as numbers that can be compared. Sandboxes have no IPv6.

export interface Cidr {
  /** First address as an unsigned 32-bit number. */
  readonly first: number;
  readonly last: number;
  readonly text: string;
}

/** An address as an unsigned 32-bit number; undefined when the text is no dotted quad. */
export function parseAddress(text: string): number | undefined {
  if (!/^(\d{1,3}\.){3}\d{1,3}$/.test(text)) return undefined;
  const octets = text.split('.').map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** Host bits are cleared, as Modal and nftables do; undefined when the text is no IPv4 CIDR. A bare address is a /32. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', prefix = '32', ...rest] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined || rest.length > 0 || !/^\d{1,2}$/.test(prefix) || Number(prefix) > 32) return undefined;
  const size = 2 ** (32 - Number(prefix));
  const first = parsed - (parsed % size);
  return { first, last: first + size - 1, text: `${formatAddress(first)}/${prefix}` };
}

export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.first <= b.last && b.first <= a.last;
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}
