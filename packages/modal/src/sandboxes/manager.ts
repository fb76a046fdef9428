// Creates, finds, lists and destroys sandboxes.

import {
  abortableCreate,
  AlreadyExistsError,
  type CallOptions,
  type ListSandboxesOptions,
  type ProviderSandboxManager,
  readRuntime,
} from 'computesdk';
import { NotFoundError as SdkNotFoundError, type Sandbox as SdkSandbox } from 'modal';
import { setTimeout as delay } from 'node:timers/promises';

import { retried } from '../client/retry.js';
import type { Place, Workspace } from '../client/workspace.js';
import { defaultAppName, type ModalConfig } from '../config/modal-config.js';
import { abortable } from '../errors/abortable.js';
import { fromModal } from '../errors/from-modal.js';
import { chooseImage } from '../images/choose-image.js';
import { checkListOptions } from '../options/check-list-options.js';
import { checkCreateOptions } from '../options/check-options.js';
import * as is from '../options/kinds.js';
import { mergeOptions } from '../options/merge-options.js';
import { omitUndefined } from '../options/omit-undefined.js';
import type { ModalCreateOptions } from '../options/sandbox-options.js';
import { wholeSeconds } from '../options/units.js';
import { createParams } from './create-params.js';
import type { ModalSandbox } from './modal-sandbox.js';
import type { SandboxFacts } from './tags.js';
import { saysMissing, terminate } from './terminate.js';

const defaultTimeoutMs = 300_000;
const nameTakenDelayMs = 100;
/** Scheduling a sandbox can take Modal this long. */
const nameTakenLimitMs = 60_000;

/** Sandboxes of Modal. */
export interface ModalSandboxManager extends ProviderSandboxManager<SdkSandbox, ModalCreateOptions> {
  create(options?: ModalCreateOptions): Promise<ModalSandbox>;
  getById(sandboxId: string, options?: CallOptions): Promise<ModalSandbox | null>;
  /** The running sandbox of this name in the app, or `null`. */
  getByName(name: string, options?: CallOptions): Promise<ModalSandbox | null>;
  /** The running sandbox of this name, else a new one with these options. */
  getOrCreate(options: ModalCreateOptions & { name: string }): Promise<ModalSandbox>;
  /** The running sandboxes of the app, newest first. */
  list(options?: ListSandboxesOptions): Promise<ModalSandbox[]>;
  /** The same one by one, asking Modal for the next page when it is needed. */
  iterate(options?: ListSandboxesOptions): AsyncGenerator<ModalSandbox, void, undefined>;
}

type Wrap = (sandbox: SdkSandbox, place: Place, facts?: SandboxFacts) => ModalSandbox;

export function sandboxManager(workspace: Workspace, config: ModalConfig, wrap: Wrap): ModalSandboxManager {
  const { appName = defaultAppName, environment } = config;
  const home: Place = { appName, environment };

  async function create(given: ModalCreateOptions = {}): Promise<ModalSandbox> {
    const options = mergeOptions(config, checkCreateOptions(given));
    const place = { appName: options.appName ?? appName, environment: options.environment };
    const make = () => createSandbox(workspace, options, place);
    const discard = ({ sandbox }: CreatedSandbox) => terminate(workspace, sandbox.sandboxId);
    const { sandbox, facts } = await abortableCreate(make, discard, options.signal);
    return wrap(sandbox, place, facts);
  }

  async function getByName(name: string, place: Place, signal: AbortSignal | undefined): Promise<ModalSandbox | null> {
    is.text('name', name);
    return workspace.call(signal, async (client) => {
      const named = () => client.sandboxes.fromName(place.appName, name, omitUndefined({ environment: place.environment }));
      try {
        const found = await named();
        // Its name stays taken until it is gone.
        return workspace.hasEnded(found.sandboxId) ? null : wrap(found, place);
      } catch (error) {
        if (error instanceof SdkNotFoundError) return null;
        throw error;
      }
    });
  }

  async function* iterate(options: ListSandboxesOptions = {}): AsyncGenerator<ModalSandbox, void, undefined> {
    checkListOptions(options, ['tags', 'limit'], 'sandbox.list()');
    const { tags, limit = Infinity, signal } = options;
    const { appId } = await abortable(signal, () => retried(async () => workspace.app(home), signal));
    const listed = workspace.client().sandboxes.list({ appId, ...omitUndefined({ tags, environment }) });
    for (let count = 0; count < limit; ) {
      const { done, value } = await abortable(signal, () => listed.next());
      if (done) return;
      if (workspace.hasEnded(value.sandboxId)) continue;
      count++;
      yield wrap(value, home);
    }
  }

  return {
    create,
    iterate,
    async getById(sandboxId, { signal } = {}) {
      is.argument('sandboxId', sandboxId);
      if (workspace.hasEnded(sandboxId)) return null;
      const found = await workspace.call(signal, (client) =>
        retried(async () => {
          const sandbox = await client.sandboxes.fromId(sandboxId);
          // The SDK's `fromId` asks nobody.
          return (await running(sandbox)) ? sandbox : null;
        }, signal),
      );
      return found && wrap(found, home);
    },
    getByName: (name, { signal } = {}) => getByName(name, home, signal),
    async getOrCreate(options) {
      is.record('options', options);
      const { name, signal } = options;
      const place = { appName: options.appName ?? appName, environment: options.environment ?? environment };
      for (let waited = 0; ; waited += nameTakenDelayMs) {
        const existing = await getByName(name, place, signal);
        if (existing) return existing;
        try {
          return await create(options);
        } catch (error) {
          // Somebody else was quicker; theirs is found by its name once it runs.
          if (!(error instanceof AlreadyExistsError) || waited >= nameTakenLimitMs) throw error;
          await abortable(signal, () => delay(nameTakenDelayMs));
        }
      }
    },
    async list(options) {
      const all: ModalSandbox[] = [];
      for await (const sandbox of iterate(options)) all.push(sandbox);
      return all;
    },
    async destroy(sandboxId, { signal } = {}) {
      is.argument('sandboxId', sandboxId);
      await terminate(workspace, sandboxId, signal);
    },
  };
}

interface CreatedSandbox {
  sandbox: SdkSandbox;
  facts: SandboxFacts;
}

async function createSandbox(workspace: Workspace, options: ModalCreateOptions, place: Place): Promise<CreatedSandbox> {
  try {
    return await createOnce(workspace, options, place);
  } catch (error) {
    const failure = fromModal(error);
    if (failure.code !== 'not_found') throw failure;
    // What an earlier look-up found may have been deleted since: look again, once.
    workspace.forget();
    return createOnce(workspace, options, place).catch((again: unknown) => {
      throw fromModal(again);
    });
  }
}

async function createOnce(workspace: Workspace, options: ModalCreateOptions, place: Place): Promise<CreatedSandbox> {
  const runtime = readRuntime(options.runtime ?? 'python');
  const { base, spec } = chooseImage(options, runtime);
  const facts = { createdAt: new Date(), timeout: wholeSeconds(options.timeout ?? defaultTimeoutMs), runtime, name: options.name };
  const [app, image, params] = await Promise.all([
    workspace.app(place),
    workspace.image(base, spec, place),
    createParams(workspace, options, place, facts),
  ]);
  return { sandbox: await workspace.client().sandboxes.create(app, image, params), facts };
}

async function running(sandbox: SdkSandbox): Promise<boolean> {
  try {
    return (await sandbox.poll()) === null;
  } catch (error) {
    if (saysMissing(error)) return false;
    throw error;
  }
}
