// The provider: one object for both generations of ComputeSDK.

import type { Provider, Runtime } from 'computesdk';
import type { ModalClient, Sandbox as SdkSandbox } from 'modal';

import { Connection } from './client/connection.js';
import { Workspace } from './client/workspace.js';
import type { ModalConfig } from './config/modal-config.js';
import { checkConfig } from './options/check-options.js';
import type { ModalCreateOptions } from './options/sandbox-options.js';
import { type ModalSandboxManager, sandboxManager } from './sandboxes/manager.js';
import { ModalSandbox } from './sandboxes/modal-sandbox.js';
import { type ModalSnapshot, type ModalSnapshotManager, snapshotManager } from './snapshots/snapshots.js';
import { type ModalTemplate, type ModalTemplateManager, templateManager } from './templates/templates.js';

/** What `modal()` returns. */
export interface ModalProvider extends Provider<SdkSandbox, ModalTemplate, ModalSnapshot, ModalCreateOptions>, AsyncDisposable {
  readonly name: 'modal';
  readonly sandbox: ModalSandboxManager;
  readonly snapshot: ModalSnapshotManager;
  readonly template: ModalTemplateManager;
  getSupportedRuntimes(): Runtime[];
  /** The client of Modal's SDK, for what this package does not cover. Throws CredentialsMissingError. */
  getClient(): ModalClient;
  /** Closes the connections to Modal. Sandboxes live on; later calls throw. */
  close(): Promise<void>;
}

/**
 * A provider on Modal. Nothing is sent and nothing checked against Modal before the first call; without credentials that call throws
 * a CredentialsMissingError. Throws InvalidArgumentError and UnknownOptionError for the options themselves.
 */
export function modal(config: ModalConfig = {}): ModalProvider {
  const checked = checkConfig(config);
  const connection = new Connection(checked);
  const workspace = new Workspace(connection);
  const provider: ModalProvider = {
    name: 'modal',
    sandbox: sandboxManager(workspace, checked, (sandbox, place, facts) => new ModalSandbox(sandbox, { owner: provider, workspace, place, maxOutput: checked.maxOutput }, facts)),
    snapshot: snapshotManager(workspace, checked),
    template: templateManager(workspace, checked),
    getSupportedRuntimes: () => ['python', 'node'],
    getClient: () => connection.client(),
    close: async () => connection.close(),
    [Symbol.asyncDispose]: async () => connection.close(),
  };
  return provider;
}
