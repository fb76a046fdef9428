// Apps, and the token that the SDK asks for before its first call.

import type { App } from '../engine/apps.js';
import { EngineError } from '../engine/errors.js';
import { toCreation } from './creation.js';
import { AppState, type AppHandleMetadata, type DeepPartial } from './gen/modal/client.js';
import type { ControlHandlers, WireOptions } from './services.js';
import { warn } from './warnings.js';

export function appHandlers({ engine }: WireOptions): ControlHandlers {
  const { apps, environments } = engine.objects;
  return {
    async authTokenGet() {
      return { token: engine.tokens.mintAuth() };
    },

    async appGetOrCreate(request, context) {
      try {
        environments.resolve(request.environmentName);
      } catch (error) {
        // The SDK tells its user that the App is not found, whatever is; the warning says what is.
        if (error instanceof EngineError && error.code === 'NOT_FOUND') warn(context, error.message);
        throw error;
      }
      const app = apps.getOrCreate(request.appName, request.environmentName, toCreation(request.objectCreationType));
      return { appId: app.id, handleMetadata: handleMetadata(app) };
    },

    async appGetInfo(request) {
      return { info: handleMetadata(apps.get(request.appId)) };
    },

    async appList(request) {
      const list = apps.list(request.environmentName);
      return {
        apps: list.map((app) => ({
          appId: app.id,
          name: app.name,
          description: app.name,
          state: AppState.APP_STATE_DEPLOYED,
          createdAt: app.createdAt / 1000,
          nRunningTasks: engine.sandboxes.list({ appIds: [app.id], includeFinished: false, tags: {} }).length,
          metadata: handleMetadata(app),
        })),
      };
    },
  };
}

/** An App that is made by its name is deployed from the start, and stays so. */
function handleMetadata(app: App): DeepPartial<AppHandleMetadata> {
  const createdAt = app.createdAt / 1000;
  const lifecycle = { appState: AppState.APP_STATE_DEPLOYED, createdAt, deployedAt: createdAt };
  return { appId: app.id, description: app.name, environmentName: app.environmentName, lifecycle };
}
