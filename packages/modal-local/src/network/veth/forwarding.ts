// Packets leave by forwarding, which Linux switches interface by interface. We switch it on for our own bridge and,
// where it is off, for the interfaces that lead to public addresses; the ruleset keeps those from forwarding anything
// new that is not ours. A mark in /run remembers what was off, so that the last engine of the machine switches it
// off again, whichever it is and however the others ended.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '../../runtime/host/names-in.js';
import { isPublicAddress } from '../policy.js';

/** A file for each interface that was switched on; gone, as the switches are, after a reboot. */
const MARKS = '/run/modal-local-forwarding';

export function forwardBridge(bridge: string): void {
  writeFileSync(switchOf(bridge), '1');
}

/** Interfaces that lead outside and do not forward: routes may have come up since the last call. */
export function loweredUplinks(): string[] {
  return uplinks().filter((device) => readFileSync(switchOf(device), 'utf8').trim() === '0');
}

/** Interfaces that engines of this machine, this one or others, have switched on. */
export function raisedUplinks(): string[] {
  return namesIn(MARKS);
}

export function raiseUplink(device: string): void {
  mkdirSync(MARKS, { recursive: true, mode: 0o755 });
  writeFileSync(join(MARKS, device), '');
  writeFileSync(switchOf(device), '1');
}

/** Undoes what engines switched on, unless one of them still has its bridge. */
export function restoreForwarding(): void {
  const present = namesIn('/sys/class/net');
  if (present.some((device) => /^ml[0-9a-f]{6}$/.test(device))) return;
  for (const device of namesIn(MARKS)) {
    if (present.includes(device)) writeFileSync(switchOf(device), '0');
    rmSync(join(MARKS, device), { force: true });
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
