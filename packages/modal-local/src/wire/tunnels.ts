// The ways into a sandbox from this machine: tunnels to its ports, and connect tokens.

import { DEFAULT_CONNECT_PORT } from '../engine/connect/connect-tokens.js';
import type { Sandbox } from '../engine/sandboxes/sandbox.js';
import { TUNNEL_HOST } from '../engine/tunnels/tunnels.js';
import type { DeepPartial, SandboxCreateConnectTokenRequest, SandboxGetTunnelsRequest, TunnelData } from './gen/modal/client.js';
import { resultField } from './results.js';
import type { ControlHandlers, WireOptions } from './services.js';

export function tunnelHandlers({ engine: { sandboxes } }: WireOptions): ControlHandlers {
  // A sandbox is there once its tunnels are: there is nothing to wait for until a time-out.
  const tunnels = async ({ sandboxId }: SandboxGetTunnelsRequest) => {
    const sandbox = sandboxes.get(sandboxId);
    return { ...resultField(sandbox.result), tunnels: tunnelData(sandbox) };
  };
  const connectToken = async ({ sandboxId, userMetadata, port }: SandboxCreateConnectTokenRequest) => {
    const sandbox = sandboxes.get(sandboxId);
    sandbox.requireRunning();
    return sandbox.connectTokens.issue({ port: port ?? DEFAULT_CONNECT_PORT, userMetadata });
  };
  return {
    sandboxGetTunnels: tunnels,
    sandboxGetTunnelsV2: tunnels,
    sandboxCreateConnectToken: connectToken,
    sandboxCreateConnectTokenV2: connectToken,
  };
}

export function tunnelData(sandbox: Sandbox): DeepPartial<TunnelData>[] {
  return sandbox.tunnels.list.map(({ containerPort, port, rawPort }) => ({
    host: TUNNEL_HOST,
    port,
    containerPort,
    ...(rawPort === undefined ? {} : { unencryptedHost: TUNNEL_HOST, unencryptedPort: rawPort }),
  }));
}
