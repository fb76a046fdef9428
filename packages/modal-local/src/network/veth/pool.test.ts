import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';

import { runChecked } from '../../runtime/host/command.js';
import { makeBridge } from './namespaces.js';
import { NamespacePool } from './pool.js';
import { reapNetwork } from './reap.js';
import { engineTable, type Engine } from './ruleset.js';
import { freeSubnets } from './subnet.js';

const ADDRESSES = 3;

describe.runIf(process.getuid?.() === 0)('the pool of namespaces', () => {
  const engineId6 = randomBytes(3).toString('hex');
  afterEach(() => reapNetwork(engineId6));

  it('keeps the addresses of namespaces that could not be made, and nothing else of them', async () => {
    const [free] = await freeSubnets(engineId6);
    if (free === undefined) throw new Error('no free subnet');
    const engine: Engine = { name: `ml${engineId6}`, subnet: { ...free, addresses: () => free.addresses().slice(0, ADDRESSES) }, resolverPort: 53, egressPort: 443 };
    const pool = new NamespacePool(engine, async () => undefined);

    await expect(pool.take()).rejects.toThrow('ip -batch');
    expect(readdirSync('/run/netns').filter((name) => name.startsWith(engine.name))).toEqual([]);
    await makeBridge(engine);
    await expect(pool.take()).rejects.toThrow('nft -f');
    expect(readdirSync('/run/netns').filter((name) => name.startsWith(engine.name))).toEqual([]);

    await runChecked(['nft', '-f', '-'], { input: engineTable(engine) });
    const slots = [await pool.take(), await pool.take(), await pool.take()];
    expect(new Set(slots.map(({ address }) => address)).size).toBe(ADDRESSES);
    await pool.close();
  });
});
