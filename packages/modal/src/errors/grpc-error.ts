// The SDK lets gRPC failures through as they are. They are told by shape: its copy of the gRPC library is not ours.

/** Status codes of gRPC that are told apart here. */
export const Status = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export interface GrpcError extends Error {
  code: number;
  details: string;
}

export function isGrpcError(error: unknown): error is GrpcError {
  return (
    error instanceof Error && error.name === 'ClientError' && 'code' in error && typeof error.code === 'number' && 'details' in error
  );
}

/** Whether `error` is a gRPC failure with one of these codes. */
export function hasStatus(error: unknown, ...codes: number[]): boolean {
  return isGrpcError(error) && codes.includes(error.code);
}
