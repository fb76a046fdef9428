// Proxies.

import type { ControlHandlers, WireOptions } from './services.js';

export function proxyHandlers({ engine }: WireOptions): ControlHandlers {
  return {
    async proxyGet(request) {
      const { id, name, createdAt, environmentName } = engine.objects.proxies.byName(request.name, request.environmentName);
      return { proxy: { proxyId: id, name, createdAt: createdAt / 1_000, environmentName } };
    },
  };
}
