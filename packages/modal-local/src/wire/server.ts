// The gRPC server: both of Modal's services on one plaintext port of this machine.

import { createServer } from 'nice-grpc';

import type { Engine } from '../engine/engine.js';
import { appLogsHandlers } from './app-logs.js';
import { appHandlers } from './apps.js';
import { controlAuth, routerAuth, type Credentials } from './auth.js';
import { containerExecHandlers } from './container-exec.js';
import { containerFileHandlers } from './container-files.js';
import { environmentHandlers } from './environments.js';
import { errorsMiddleware, type ReportDefect } from './errors.js';
import { Faults, faultsMiddleware } from './faults.js';
import { functionHandlers } from './functions.js';
import { ModalClientDefinition, type ModalClientServiceImplementation } from './gen/modal/client.js';
import { TaskCommandRouterDefinition, type TaskCommandRouterServiceImplementation } from './gen/modal/task_command_router.js';
import { withLargeWindows } from './http2-windows.js';
import { imageHandlers } from './images.js';
import { memorySnapshotControlHandlers, memorySnapshotRouterHandlers } from './memory-snapshots.js';
import { networkHandlers } from './network.js';
import { outboundHandlers } from './outbound-policy.js';
import { proxyHandlers } from './proxies.js';
import { queueHandlers } from './queues.js';
import { readinessControlHandlers, readinessRouterHandlers } from './readiness.js';
import { sandboxLogsHandlers } from './sandbox-logs.js';
import { sandboxLookupHandlers } from './sandbox-lookup.js';
import { sandboxStdioHandlers } from './sandbox-stdio.js';
import { sandboxHandlers } from './sandboxes.js';
import { secretHandlers } from './secrets.js';
import type { RouterAuthorization, WireOptions } from './services.js';
import { withFastStdio } from './stdio-serializer.js';
import { sidecarControlHandlers, sidecarRouterHandlers } from './sidecars.js';
import { strictMiddleware } from './strict.js';
import { sandboxSnapshotHandlers, taskSnapshotHandlers } from './snapshots.js';
import { taskExecHandlers } from './task-exec.js';
import { taskStdioHandlers } from './task-stdio.js';
import { tunnelHandlers } from './tunnels.js';
import { taskVolumeHandlers } from './task-volumes.js';
import { unimplemented } from './unimplemented.js';
import { volumeHandlers } from './volumes.js';

/** What the SDK takes, too. */
const MAX_MESSAGE_BYTES = 100 * 1024 * 1024;

export interface WireServerOptions {
  engine: Engine;
  credentials: Credentials;
  /** 0 takes a free one. */
  port: number;
  reportDefect: ReportDefect;
  /** Fields that cannot be honoured become warnings instead of errors. */
  loose: boolean;
  /** None when absent. */
  faults?: Faults;
  /** Where clients reach the engine, when not at its own port: `https://HOST:PORT`. */
  advertised?: string;
}

export interface WireServer extends AsyncDisposable {
  readonly port: number;
}

/** Rejects when the port is taken. */
export async function startWireServer({ engine, credentials, port, reportDefect, loose, faults = new Faults(Math.random), advertised }: WireServerOptions): Promise<WireServer> {
  let listening = port;
  const wire: WireOptions = { engine, routerUrl: () => advertised ?? `https://127.0.0.1:${listening}` };
  const server = createServer({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc-node.max_session_memory': Number.MAX_SAFE_INTEGER,
  })
    .use(errorsMiddleware(reportDefect))
    .use(faultsMiddleware(faults));
  const strict = strictMiddleware({ loose });
  server.with(controlAuth(credentials, engine.tokens)).with(strict).add(ModalClientDefinition, controlPlane(wire));
  server.with<RouterAuthorization>(routerAuth(engine.tokens)).with(strict).add(withFastStdio(TaskCommandRouterDefinition), dataPath(wire));
  listening = await withLargeWindows(() => server.listen(`127.0.0.1:${port}`)).catch((error: unknown) => refuseToListen(port, error));
  return {
    port: listening,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

function refuseToListen(port: number, cause: unknown): never {
  if (!(cause instanceof Error) || !cause.message.includes('EADDRINUSE')) throw cause;
  throw new Error(`Port ${port} of 127.0.0.1 is in use: stop what listens there, or choose another port; 0 takes a free one`, { cause });
}

function controlPlane(wire: WireOptions): ModalClientServiceImplementation {
  return {
    ...(unimplemented(ModalClientDefinition.methods) as unknown as ModalClientServiceImplementation),
    ...functionHandlers,
    ...memorySnapshotControlHandlers,
    ...appHandlers(wire),
    ...appLogsHandlers(wire),
    ...environmentHandlers(wire),
    ...imageHandlers(wire),
    ...secretHandlers(wire),
    ...volumeHandlers(wire),
    ...queueHandlers(wire),
    ...proxyHandlers(wire),
    ...sandboxHandlers(wire),
    ...sandboxLookupHandlers(wire),
    ...readinessControlHandlers(wire),
    ...sidecarControlHandlers(wire),
    ...tunnelHandlers(wire),
    ...sandboxLogsHandlers(wire),
    ...containerExecHandlers(wire),
    ...containerFileHandlers(wire),
    ...sandboxSnapshotHandlers(wire),
  };
}

function dataPath(wire: WireOptions): TaskCommandRouterServiceImplementation<RouterAuthorization> {
  return {
    ...(unimplemented(TaskCommandRouterDefinition.methods) as unknown as TaskCommandRouterServiceImplementation<RouterAuthorization>),
    ...memorySnapshotRouterHandlers,
    ...networkHandlers(wire),
    ...outboundHandlers(wire),
    ...sandboxStdioHandlers(wire),
    ...readinessRouterHandlers(wire),
    ...sidecarRouterHandlers(wire),
    ...taskExecHandlers(wire),
    ...taskSnapshotHandlers(wire),
    ...taskStdioHandlers(wire),
    ...taskVolumeHandlers(wire),
  };
}
