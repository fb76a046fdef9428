// Whether Modal still has an image.

import { type ModalClient, NotFoundError } from 'modal';

import { hasStatus, Status } from '../errors/grpc-error.js';

export async function imageExists(client: ModalClient, imageId: string): Promise<boolean> {
  try {
    await client.images.fromId(imageId);
    return true;
  } catch (error) {
    if (isMissingImage(error)) return false;
    throw error;
  }
}

/** Deletes the image; one that is not there is not an error. */
export async function deleteImage(client: ModalClient, imageId: string): Promise<void> {
  try {
    await client.images.delete(imageId);
  } catch (error) {
    if (!isMissingImage(error)) throw error;
  }
}

function isMissingImage(error: unknown): boolean {
  return error instanceof NotFoundError || hasStatus(error, Status.NOT_FOUND);
}
