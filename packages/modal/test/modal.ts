// A provider for the tests of a file: on an engine of its own, or on Modal's cloud when MODAL_TEST_CLOUD is set (`npm run test:cloud`).

import { startLocalModal, type LocalModal } from '@computesdk/modal-local';
import { modal, type ModalConfig, type ModalCreateOptions, type ModalProvider, type ModalSandbox } from '@computesdk/modal';
import { afterAll, afterEach, beforeAll } from 'vitest';

export const onCloud = process.env['MODAL_TEST_CLOUD'] === '1';

export interface TestModal {
  readonly provider: ModalProvider;
  /** The engine; absent on the cloud. */
  readonly local: LocalModal | undefined;
  /** A sandbox that is destroyed after the test. */
  sandbox(options?: ModalCreateOptions): Promise<ModalSandbox>;
  /** Another provider on the same server, closed at the end of the file. */
  another(config?: ModalConfig): ModalProvider;
}

/** Call at the top of a test file; what it returns can be used inside tests. */
export function testModal(): TestModal {
  const sandboxes: ModalSandbox[] = [];
  const providers: ModalProvider[] = [];
  let local: LocalModal | undefined;
  let provider: ModalProvider | undefined;

  const another = (config: ModalConfig = {}): ModalProvider => {
    const made = modal({ appName: 'computesdk-tests', logLevel: 'error', ...config });
    providers.push(made);
    return made;
  };
  const running = (): ModalProvider => {
    if (!provider) throw new Error('The provider is there inside tests only');
    return provider;
  };

  beforeAll(async () => {
    if (!onCloud) {
      local = await startLocalModal();
      Object.assign(process.env, local.env);
    }
    provider = another();
  });
  afterEach(async () => {
    await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.destroy()));
  });
  afterAll(async () => {
    await Promise.all(providers.map((made) => made.close()));
    await local?.stop();
  });

  return {
    another,
    get provider() {
      return running();
    },
    get local() {
      return local;
    },
    async sandbox(options) {
      const sandbox = await running().sandbox.create(options);
      sandboxes.push(sandbox);
      return sandbox;
    },
  };
}

/** Resolves when the condition holds; fails after ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 45_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Still waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
