// Sandboxes over HTTP: the handler of a route, its protocol and its options.

export type { Authorize, AuthorizeContext, Verdict } from './authorize.js';
export type { CorsOption, CorsOptions } from './cors.js';
export {
  handleComputeRequest,
  handleComputeRequest as handleHttpComputeRequest,
  type HandleComputeRequestParams,
} from './handle-compute-request.js';
export { createNodeHandler, type NodeHandlerOptions, type NodeRequest, type NodeResponse } from './node-handler.js';
export type { ComputeHandlerOptions } from './options.js';
export type { ComputeAction, ComputeRequest, ComputeResponse, FileEncoding } from './protocol.js';
export { httpStatus } from './status.js';
export type { WebRequest } from './web-request.js';
