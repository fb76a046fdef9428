// How much one layer may hold.

import { LayerError } from './layer-error.js';

export interface LayerLimits {
  /** Files, directories and links. */
  entries: number;
  /** Bytes of the unpacked archive. */
  bytes: number;
  /** Unpacked bytes for each packed one, once the layer is larger than `ratioFrom`. */
  ratio: number;
  ratioFrom: number;
  /** Apparent size of one sparse file. */
  sparseFile: number;
}

const GIB = 1024 ** 3;

/** Several times what the largest published images hold. */
export const DEFAULT_LAYER_LIMITS: LayerLimits = {
  entries: 1_000_000,
  bytes: 64 * GIB,
  ratio: 250,
  ratioFrom: GIB / 4,
  sparseFile: 1024 * GIB,
};

/** Throws TOO_LARGE. `packed` is what has been read of the compressed blob. */
export function checkSize(limits: LayerLimits, unpacked: number, packed: number): void {
  if (unpacked > limits.bytes) throw new LayerError('TOO_LARGE', `it unpacks to more than ${limits.bytes} bytes`);
  if (unpacked > limits.ratioFrom && unpacked > packed * limits.ratio) {
    throw new LayerError('TOO_LARGE', `it unpacks to more than ${limits.ratio} times its ${packed} bytes, which is a decompression bomb`);
  }
}
