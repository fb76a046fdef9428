// Volumes: directories that outlive sandboxes, by name or as the SDK's own object.

import { InvalidArgumentError, rejectUnknownOptions } from 'computesdk';
import { type ModalClient, Volume } from 'modal';

import { omitUndefined } from '../options/omit-undefined.js';

/** How a named volume is mounted. */
export interface VolumeMount {
  name: string;
  /** Default `false`. */
  readOnly?: boolean | undefined;
  /** Mount this directory of the volume in place of its root. */
  subPath?: string | undefined;
  /** Make the volume when it does not exist. Default `true`. */
  createIfMissing?: boolean | undefined;
  /** Fail unless the volume has this version of Modal's volume file system. */
  version?: 1 | 2 | undefined;
}

/** The name of a volume, made when missing; a VolumeMount; or a Volume of the SDK. */
export type VolumeInput = string | VolumeMount | Volume;

const known = ['name', 'readOnly', 'subPath', 'createIfMissing', 'version'];

/** Throws NotFoundError when the volume is missing and may not be made. */
export async function resolveVolume(client: ModalClient, input: VolumeInput, environment: string | undefined): Promise<Volume> {
  if (input instanceof Volume) return input;
  const mount = typeof input === 'string' ? { name: input } : input;
  rejectUnknownOptions(mount, known, 'a volume');
  const { name, readOnly, subPath, createIfMissing = true, version } = mount;
  if (typeof name !== 'string' || name === '') throw new InvalidArgumentError('A volume needs a name', { field: 'volumes' });
  const volume = await client.volumes.fromName(name, { createIfMissing, ...omitUndefined({ environment, version }) });
  const options = omitUndefined({ readOnly, subPath });
  return Object.keys(options).length === 0 ? volume : volume.withMountOptions(options);
}
