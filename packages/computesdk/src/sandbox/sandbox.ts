// One sandbox, as every provider serves it: the union of both generations of the interface.

import type { Provider } from '../provider/provider.js';
import type { CallOptions } from './call-options.js';
import type { RunCodeOptions, RunCommandOptions, Runtime } from './command-options.js';
import type { SandboxFileSystem } from './filesystem.js';
import type { SandboxInfo } from './info.js';
import type { ExecutionResult } from './result.js';

/** Where and how to reach a server in the sandbox. */
export interface GetUrlOptions extends CallOptions {
  /** Port in the sandbox. */
  port: number;
  /** Scheme of the URL: `https` (default), `http`, `wss`, `ws`, `tcp`. */
  protocol?: string | undefined;
}

/**
 * An isolated computer. `TInstance` is the provider's native object.
 * `await using sandbox = await compute.sandbox.create()` destroys it at the end of the block.
 */
export interface Sandbox<TInstance = unknown> extends AsyncDisposable {
  readonly sandboxId: string;
  /** The provider's name; `getProvider()` is the object. */
  readonly provider: string;
  readonly filesystem: SandboxFileSystem;
  /** Whether `destroy` of this object has succeeded. */
  readonly isDestroyed: boolean;

  /** Runs code. Throws CodeSyntaxError when it does not parse; any other failure of the program is a result. */
  runCode(code: string, runtime?: Runtime, options?: RunCodeOptions): Promise<ExecutionResult>;
  runCode(code: string, options?: RunCodeOptions): Promise<ExecutionResult>;

  /** With an array: the program and its arguments, without a shell. Without one: a command line for `sh`. */
  runCommand(command: string, args: readonly string[], options?: RunCommandOptions): Promise<ExecutionResult>;
  runCommand(command: string, options?: RunCommandOptions): Promise<ExecutionResult>;
  runCommand(command: string, args: readonly string[] | undefined, options?: RunCommandOptions): Promise<ExecutionResult>;

  getInfo(options?: CallOptions): Promise<SandboxInfo>;
  /** URL of a server on `port` in the sandbox. */
  getUrl(options: GetUrlOptions): Promise<string>;
  getProvider(): Provider<TInstance>;
  /** The provider's native object. */
  getInstance(): TInstance;

  /** The same as `destroy`. */
  kill(options?: CallOptions): Promise<void>;
  /** Ends the sandbox and frees what it holds. One that is already gone is not an error; one that may live on is. */
  destroy(options?: CallOptions): Promise<void>;
}
