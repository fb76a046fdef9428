// Functions, classes, metrics and blobs: the engine runs sandboxes only, and says so.

import { ServerError, Status } from 'nice-grpc-common';

import type { ControlHandlers } from './services.js';

const USE_A_SANDBOX =
  'The local engine runs Sandboxes, not Functions: start the same code with sandboxes.create and exec, or call the Function on Modal itself';
const METRICS = 'The local engine keeps no metrics: measure inside the Sandbox, or on Modal itself';
const BLOBS = 'The local engine stores no blobs, which carry the inputs of Functions: use the Sandbox file system or a Volume';

function refuse(message: string) {
  return async (): Promise<never> => {
    throw new ServerError(Status.UNIMPLEMENTED, message);
  };
}

export const functionHandlers = {
  async functionGet(): Promise<never> {
    throw new ServerError(Status.NOT_FOUND, USE_A_SANDBOX);
  },
  functionMap: refuse(USE_A_SANDBOX),
  functionPutInputs: refuse(USE_A_SANDBOX),
  functionRetryInputs: refuse(USE_A_SANDBOX),
  functionGetOutputs: refuse(USE_A_SANDBOX),
  functionCallCancel: refuse(USE_A_SANDBOX),
  functionCallFromId: refuse(USE_A_SANDBOX),
  functionCallGetInfo: refuse(USE_A_SANDBOX),
  functionBindParams: refuse(USE_A_SANDBOX),
  functionUpdateSchedulingParams: refuse(USE_A_SANDBOX),
  functionGetById: refuse(USE_A_SANDBOX),
  attemptStart: refuse(USE_A_SANDBOX),
  attemptAwait: refuse(USE_A_SANDBOX),
  attemptRetry: refuse(USE_A_SANDBOX),
  functionGetCurrentStats: refuse(METRICS),
  functionGetTimeRangeStats: refuse(METRICS),
  functionGetMetrics: refuse(METRICS),
  metricsGetInfo: refuse(METRICS),
  blobCreate: refuse(BLOBS),
  blobGet: refuse(BLOBS),
   
  async *appGetLogs(): AsyncGenerator<never> {
    throw new ServerError(Status.UNIMPLEMENTED, 'The local engine has no logs of Functions to stream; read a Sandbox with sandbox.stdout or sandbox.logs');
  },
} satisfies ControlHandlers;
