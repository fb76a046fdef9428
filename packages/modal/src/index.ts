// ComputeSDK's provider for Modal.

export type { ModalConfig, OAuthCredentials } from './config/modal-config.js';
export type { BackgroundProcess, KillSignal } from './commands/background.js';
export type { WaitOptions } from './commands/wait-options.js';
export type { ModalFileSystem, WatchOptions } from './files/modal-files.js';
export type { ImageInput, ImageSpec } from './images/image-input.js';
export type { NetworkPolicy } from './network/policy.js';
export type { ReadinessProbe } from './network/readiness.js';
export type { ModalCreateOptions, SandboxDefaults } from './options/sandbox-options.js';
export { modal, type ModalProvider } from './provider.js';
export type { BucketMount, BucketMountInput } from './resources/bucket-mounts.js';
export type { ProxyInput } from './resources/proxies.js';
export type { NamedSecret, SecretInput } from './resources/secrets.js';
export type { VolumeInput, VolumeMount } from './resources/volumes.js';
export type { ModalSandboxManager } from './sandboxes/manager.js';
export type { ModalSandbox } from './sandboxes/modal-sandbox.js';
export type { ModalSnapshot, ModalSnapshotManager, ModalSnapshotOptions } from './snapshots/snapshots.js';
export type { ModalTemplate, ModalTemplateManager, ModalTemplateOptions } from './templates/templates.js';
