// Images.

import type { CallContext } from 'nice-grpc-common';

import type { BuildJob, BuildResult } from '../engine/images/build-job.js';
import type { LogEntry } from '../engine/images/build-log.js';
import type { ImageDefinition } from '../engine/images/definition.js';
import { longPoll } from '../engine/long-poll.js';
import { EngineError } from '../engine/errors.js';
import { FileDescriptor, GenericResultGenericStatus as Status, RegistryAuthType, type DeepPartial, type GenericResult, type ImageGetOrCreateRequest, type ImageJoinStreamingResponse } from './gen/modal/client.js';
import type { ControlHandlers, WireOptions } from './services.js';
import { timed } from './timed.js';
import { warn } from './warnings.js';

/** A build that is over so soon spares its caller the second call. */
const INLINE_MS = 250;

const STATUS: Record<BuildResult['status'], Status> = {
  success: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_SUCCESS,
  failure: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_FAILURE,
  'internal-failure': Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_INTERNAL_FAILURE,
  terminated: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_TERMINATED,
  timeout: Status.GENERIC_RESULT_GENERIC_STATUS_GENERIC_STATUS_TIMEOUT,
};

export function imageHandlers({ engine }: WireOptions): ControlHandlers {
  return {
    async imageGetOrCreate(request, context) {
      const job = await engine.images.getOrCreate(toDefinition(request));
      const leave = job.watch();
      try {
        const result = await longPoll(job.done, INLINE_MS, context.signal);
        if (result !== undefined) warnAll(job, context);
        return { imageId: job.imageId, ...resultField(result) };
      } finally {
        leave();
      }
    },

    async *imageJoinStreaming(request, context) {
      const job = engine.images.job(request.imageId);
      const leave = job.watch();
      try {
        yield* buildProgress(job, request, context);
      } finally {
        leave();
      }
    },

    async imageFromId({ imageId }) {
      engine.images.require(imageId);
      return { imageId };
    },

    async imageDelete({ imageId }) {
      engine.images.delete(imageId);
      return {};
    },

    async imageGetByTag({ tag, environmentName }) {
      return { imageId: engine.images.byTag(tag, environmentName).id };
    },

    async imagePublish({ imageId, tag, environmentName }) {
      engine.images.publish(imageId, tag, environmentName);
      return { imageId, revisionId: imageId };
    },
  };

  function toDefinition(request: ImageGetOrCreateRequest): ImageDefinition {
    const { image, appId, forceBuild, ignoreCache, builderVersion } = request;
    if (image === undefined) throw new EngineError('INVALID_ARGUMENT', 'The request holds no image');
    const { secrets, apps } = engine.objects;
    return {
      environmentId: apps.get(appId).environmentId,
      commands: image.dockerfileCommands,
      bases: image.baseImages.map(({ dockerTag, imageId }) => ({ tag: dockerTag, imageId })),
      env: secrets.resolve(image.secretIds.map((secretId) => ({ secretId }))),
      buildArgs: image.buildArgs,
      registry: toRegistry(image.imageRegistryConfig),
      builderVersion,
      force: forceBuild || ignoreCache,
    };
  }

  function toRegistry(config: { registryAuthType: RegistryAuthType; secretId: string } | undefined): ImageDefinition['registry'] {
    const kind = config === undefined ? undefined : AUTH_KINDS.get(config.registryAuthType);
    if (config === undefined || kind === undefined || config.secretId === '') return { kind: 'none' };
    return { kind, env: engine.objects.secrets.resolve([{ secretId: config.secretId }]) };
  }
}

const AUTH_KINDS = new Map<RegistryAuthType, 'static' | 'aws' | 'gcp'>([
  [RegistryAuthType.REGISTRY_AUTH_TYPE_AWS, 'aws'],
  [RegistryAuthType.REGISTRY_AUTH_TYPE_GCP, 'gcp'],
  [RegistryAuthType.REGISTRY_AUTH_TYPE_STATIC_CREDS, 'static'],
]);

/** Log entries after the last one seen, then the result; ends without one when the time is over first. */
async function* buildProgress(
  job: BuildJob,
  { timeout, lastEntryId }: { timeout: number; lastEntryId: string },
  context: CallContext,
): AsyncGenerator<DeepPartial<ImageJoinStreamingResponse>> {
  let last = Number(lastEntryId);
  if (!Number.isSafeInteger(last) || last < 0) throw new EngineError('INVALID_ARGUMENT', `last_entry_id '${lastEntryId}' was not given by this engine`);
  const { signal, over } = timed(context.signal, timeout);
  try {
    for await (const entries of job.log.follow(last, signal)) {
      last = entries.at(-1)?.id ?? last;
      yield { entryId: String(last), taskLogs: entries.map(toTaskLog) };
    }
  } catch (error) {
    if (over()) return;
    throw error;
  }
  warnAll(job, context);
  yield { ...resultField(await job.done), entryId: String(last), eof: true };
}

function toTaskLog({ text, time }: LogEntry) {
  return { data: text, timestamp: time / 1000, fileDescriptor: FileDescriptor.FILE_DESCRIPTOR_STDOUT };
}

function resultField(result: BuildResult | undefined): { result?: DeepPartial<GenericResult> } {
  if (result === undefined) return {};
  return { result: { status: STATUS[result.status], exception: result.status === 'success' ? '' : result.exception } };
}

function warnAll(job: BuildJob, context: CallContext): void {
  for (const warning of job.warnings) warn(context, warning);
}
