// From an image as asked for to one that Modal has built.

import { FailedPreconditionError } from 'computesdk';
import { type App, Image, type ModalClient } from 'modal';

import { isGrpcError } from '../errors/grpc-error.js';
import { omitUndefined } from '../options/omit-undefined.js';
import { resolveSecret } from '../resources/secrets.js';
import { type ImageSpec } from './image-input.js';
import { buildCommands } from './packages.js';

/** Builds, or finds built, the image of `spec`. Throws NotFoundError, and FailedPreconditionError with the build's error. */
export async function buildImage(client: ModalClient, app: App, spec: ImageSpec | Image): Promise<Image> {
  const image = spec instanceof Image ? spec : await defineImage(client, spec, app.environmentName || undefined);
  try {
    return await image.build(app);
  } catch (error) {
    // The SDK reports a failed build as a plain Error; anything with a status is a failed call.
    if (isGrpcError(error) || !(error instanceof Error) || error.constructor !== Error) throw error;
    throw new FailedPreconditionError(error.message, {
      cause: error,
      suggestion: 'Correct the image reference or the build commands; the message holds what the build printed.',
    });
  }
}

async function defineImage(client: ModalClient, spec: ImageSpec, environment: string | undefined): Promise<Image> {
  const base = await baseImage(client, spec, environment);
  const commands = buildCommands(spec);
  if (commands.length === 0) return base;
  const secrets = await Promise.all((spec.buildSecrets ?? []).map((secret) => resolveSecret(client, secret, environment)));
  return base.dockerfileCommands(
    commands,
    omitUndefined({ env: spec.buildEnv, secrets, gpu: spec.buildGpu, forceBuild: spec.force }),
  );
}

async function baseImage(client: ModalClient, spec: ImageSpec, environment: string | undefined): Promise<Image> {
  if (spec.id !== undefined) return client.images.fromId(spec.id);
  if (spec.name !== undefined) return client.images.fromName(spec.name, omitUndefined({ environment }));
  const { registry = '', auth = 'static' } = spec;
  const secret = spec.secret === undefined ? undefined : await resolveSecret(client, spec.secret, environment);
  if (!secret) return client.images.fromRegistry(registry);
  if (auth === 'aws') return client.images.fromAwsEcr(registry, secret);
  return auth === 'gcp' ? client.images.fromGcpArtifactRegistry(registry, secret) : client.images.fromRegistry(registry, secret);
}
