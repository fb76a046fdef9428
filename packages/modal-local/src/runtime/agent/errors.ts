// What goes wrong between the engine and the agent of a container.

export type AgentErrorCode =
  /** The connection is gone: the agent, and with it the container, has ended. */
  | 'AGENT_GONE'
  /** The agent said something that no agent of ours says. The connection is closed; do not trust the container. */
  | 'AGENT_PROTOCOL'
  /** What was asked for cannot be put to the agent. */
  | 'INVALID_ARGUMENT'
  /** The process, or the connection's other side, reads no more. */
  | 'EPIPE'
  /** Nothing accepts connections on the port that was dialled. */
  | 'ECONNREFUSED'
  /** A connection failed with the errno that is named in the message. */
  | 'CONNECTION_FAILED';

export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function protocolError(fact: string): AgentError {
  return new AgentError('AGENT_PROTOCOL', `The agent in the container broke the frame protocol: ${fact}.`);
}

/** The container has ended, or is not to be trusted any more, which ends it. */
export function isAgentGone(error: unknown): boolean {
  return error instanceof AgentError && (error.code === 'AGENT_GONE' || error.code === 'AGENT_PROTOCOL');
}
