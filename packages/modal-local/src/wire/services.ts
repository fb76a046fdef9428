// What the handlers of a group of calls are made of.

import type { CallContext } from 'nice-grpc-common';

import type { Engine } from '../engine/engine.js';
import type { ModalClientServiceImplementation } from './gen/modal/client.js';
import type { TaskCommandRouterServiceImplementation } from './gen/modal/task_command_router.js';

export interface WireOptions {
  engine: Engine;
  /** The address that the SDK dials for the data path; known once the server listens. */
  routerUrl: () => string;
}

/** Some calls of Modal's control plane. */
export type ControlHandlers = Partial<ModalClientServiceImplementation>;

/** The task whose token the caller has shown. */
export interface RouterAuthorization {
  authorizedTask: string;
}

export type RouterContext = CallContext & RouterAuthorization;

/** Some calls of the data path. */
export type RouterHandlers = Partial<TaskCommandRouterServiceImplementation<RouterAuthorization>>;
