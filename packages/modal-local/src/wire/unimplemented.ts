// Calls without a handler yet.

import { ServerError, Status } from 'nice-grpc-common';

interface Methods {
  [name: string]: { name: string; responseStream: boolean };
}

type Handlers = Record<string, () => unknown>;

/** A handler for every method of a service, which answers UNIMPLEMENTED. */
export function unimplemented(methods: Methods): Handlers {
  return Object.fromEntries(Object.entries(methods).map(([key, method]) => [key, handler(method.name, method.responseStream)]));
}

function handler(name: string, stream: boolean): () => unknown {
  const error = () => new ServerError(Status.UNIMPLEMENTED, `The local engine does not serve ${name}`);
  if (!stream) return () => Promise.reject(error());
   
  return async function* () {
    throw error();
  };
}
