// Root's network: a namespace for each sandbox, one bridge, one nftables table and one resolver for each engine. All
// filtering happens on the host's side of the link, where nothing in a sandbox reaches.

import { runChecked } from '../../runtime/host/command.js';
import type { AttachOptions, NetworkDriver, NetworkPolicy, SandboxNetwork } from '../driver.js';
import { startGateway, type Gateway } from '../egress/gateway.js';
import { hostNameServers, lookUpAddresses, type NameServer } from '../resolver/upstream.js';
import { startResolver, type Resolver } from '../resolver/server.js';
import { forwardBridge, loweredUplinks, raisedUplinks, raiseUplink } from './forwarding.js';
import { makeBridge } from './namespaces.js';
import { firewallLimitation } from './other-firewalls.js';
import { NamespacePool } from './pool.js';
import { engineName, reapNetwork } from './reap.js';
import { engineTable, type Engine } from './ruleset.js';
import { VethSandbox } from './sandbox.js';
import { freeSubnets, isContested, type Subnet } from './subnet.js';

export interface VethOptions {
  /** First 6 hexadecimal digits of the engine's id: the name of everything made here is `ml` and these. */
  engineId6: string;
  /** Name servers of sandboxes; default: those of the host's /etc/resolv.conf. */
  nameServers?: readonly NameServer[];
  /** Told what was changed on the host, such as an interface that now forwards. */
  log?: (message: string) => void;
}

/** Makes bridge, table and resolver, and begins to fill the pool. Rejects when this host does not let it. */
export async function createVethNetwork(options: VethOptions): Promise<NetworkDriver> {
  const name = engineName(options.engineId6);
  const listening: AsyncDisposable[] = [];
  try {
    const subnet = await claimSubnet(name, options.engineId6);
    const sandboxes = new Map<string, VethSandbox>();
    const { nameServers: given } = options;
    const nameServers = given === undefined ? hostNameServers : async () => given;
    const clientAt = (address: string) => sandboxes.get(address);
    const resolver = await startResolver({ address: subnet.gateway, clientAt, nameServers });
    listening.push(resolver);
    const gateway = await startGateway(subnet.gateway, clientAt);
    listening.push(gateway);
    const limitation = await firewallLimitation();
    const engine = { name, subnet, resolverPort: resolver.port, egressPort: gateway.port };
    const network = new VethNetwork(engine, sandboxes, { ...options, limitation, resolver, gateway, nameServers });
    await network.start();
    return network;
  } catch (error) {
    await Promise.all([...listening.map((server) => server[Symbol.asyncDispose]()), reapNetwork(options.engineId6)]).catch((cause: unknown) => {
      throw new AggregateError([error, cause], `the network ${name} could neither be made nor removed: ${error instanceof Error ? error.message : String(error)}`);
    });
    throw error;
  }
}

interface VethParts {
  engineId6: string;
  log?: (message: string) => void;
  limitation: string | undefined;
  resolver: Resolver;
  gateway: Gateway;
  nameServers(): Promise<readonly NameServer[]>;
}

class VethNetwork implements NetworkDriver {
  readonly name = 'veth';
  readonly limitation: string | undefined;
  readonly #engine: Engine;
  readonly #sandboxes: Map<string, VethSandbox>;
  readonly #parts: VethParts;
  readonly #pool: NamespacePool;
  readonly #guarded = new Set<string>();

  constructor(engine: Engine, sandboxes: Map<string, VethSandbox>, parts: VethParts) {
    this.limitation = parts.limitation;
    this.#engine = engine;
    this.#sandboxes = sandboxes;
    this.#parts = parts;
    this.#pool = new NamespacePool(engine, () => this.#raiseForwarding());
  }

  async start(): Promise<void> {
    forwardBridge(this.#engine.name);
    await runChecked(['nft', '-f', '-'], { input: engineTable(this.#engine) });
    await this.#pool.refill();
  }

  async attach(_sandboxId: string, policy: NetworkPolicy, { interceptor }: AttachOptions = {}): Promise<SandboxNetwork> {
    const slot = await this.#pool.take();
    const { gateway, nameServers } = this.#parts;
    const sandbox = new VethSandbox({
      engine: this.#engine,
      slot,
      interceptor,
      lookUp: async (name) => lookUpAddresses(await nameServers(), name),
      onPolicy: () => gateway.recheck(slot.address),
      onRelease: async () => {
        this.#sandboxes.delete(slot.address);
        await gateway.recheck(slot.address);
        await this.#pool.release(slot);
      },
    });
    try {
      if (policy.kind !== 'open') await sandbox.setPolicy(policy);
    } catch (error) {
      await sandbox.release();
      throw error;
    }
    this.#sandboxes.set(slot.address, sandbox);
    return sandbox;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    this.#sandboxes.clear();
    await this.#parts.resolver[Symbol.asyncDispose]();
    await this.#parts.gateway[Symbol.asyncDispose]();
    await reapNetwork(this.#parts.engineId6);
  }

  async #raiseForwarding(): Promise<void> {
    const lowered = loweredUplinks();
    // Guarded before it forwards; those that another engine has switched on too, for it may stop first.
    const unguarded = [...new Set([...lowered, ...raisedUplinks()])].filter((device) => !this.#guarded.has(device));
    if (unguarded.length > 0) await runChecked(['nft', '-f', '-'], { input: `add element inet ${this.#engine.name} raised { ${unguarded.join(', ')} }\n` });
    for (const device of unguarded) this.#guarded.add(device);
    for (const device of lowered) {
      raiseUplink(device);
      this.#parts.log?.(`switched on IPv4 forwarding of ${device} for sandboxes (off again when the last engine stops)`);
    }
  }
}

/** Two engines may pick one subnet at the same moment: both then see it, and both go on to another. */
async function claimSubnet(name: string, engineId6: string): Promise<Subnet> {
  for (const subnet of await freeSubnets(engineId6)) {
    await makeBridge({ name, subnet });
    if (!(await isContested(subnet, name))) return subnet;
    await reapNetwork(engineId6);
  }
  throw new Error('no free subnet for sandboxes: routes of this host cover all of 10.192.0.0/12');
}
