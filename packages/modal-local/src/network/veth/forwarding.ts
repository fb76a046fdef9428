// Packets leave by forwarding, which Linux switches interface by interface. We switch it on for our own bridge and,
// where it is off, for the interfaces that lead to public addresses; the ruleset keeps those from forwarding anything new
// that is not ours. What we switched on is switched off again when the last engine of the machine stops.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isPublicAddress } from '../policy.js';

export class Forwarding {
  readonly #bridge: string;
  readonly #raised = new Set<string>();

  constructor(bridge: string) {
    this.#bridge = bridge;
    writeFileSync(switchOf(bridge), '1');
  }

  /** Interfaces that this call switched on: routes may have come up since the last one. */
  raise(): string[] {
    const lowered = uplinks().filter((device) => readFileSync(switchOf(device), 'utf8').trim() === '0');
    for (const device of lowered) {
      writeFileSync(switchOf(device), '1');
      this.#raised.add(device);
    }
    return lowered;
  }

  restore(): void {
    const present = readdirSync('/sys/class/net');
    if (present.some((device) => device !== this.#bridge && /^ml[0-9a-f]{6}$/.test(device))) return;
    for (const device of this.#raised) {
      if (present.includes(device)) writeFileSync(switchOf(device), '0');
    }
  }
}

function switchOf(device: string): string {
  return `/proc/sys/net/ipv4/conf/${device}/forwarding`;
}

/** Devices that lead to public addresses, from the kernel's main table. */
function uplinks(): string[] {
  // device, destination, gateway, flags, …, mask: addresses are numbers in the machine's byte order, in hexadecimal
  const rows = readFileSync('/proc/net/route', 'utf8').trim().split('\n').slice(1).map((row) => row.split('\t'));
  return [...new Set(rows.filter(([, destination = '']) => isDefaultOrPublic(destination)).map(([device = '']) => device))];
}

function isDefaultOrPublic(destination: string): boolean {
  const network = [6, 4, 2, 0].map((at) => Number.parseInt(destination.slice(at, at + 2), 16)).join('.');
  return network === '0.0.0.0' || isPublicAddress(network);
}
