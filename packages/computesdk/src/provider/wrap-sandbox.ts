// From a service's native sandbox and its author's methods to the Sandbox of the interface.

import { ifAny, ifGiven } from '../options/if-given.js';
import type { ExecutionOptions, RunCodeOptions, RunCommandOptions, Runtime } from '../sandbox/command-options.js';
import type { ExecutionResult } from '../sandbox/result.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { checkGetUrlOptions } from './arguments.js';
import { readCodeCall, readCommandCall, toArgv } from './command-call.js';
import { keptOutput } from './max-output.js';
import type { NativeSandbox, RawResult, SandboxMethods } from './methods.js';
import type { Provider } from './provider.js';
import { wrapFilesystem } from './wrap-filesystem.js';

export interface SandboxContext<TNative, TConfig> {
  provider: Provider<TNative>;
  methods: SandboxMethods<TNative, TConfig>;
  config: TConfig;
}

export function wrapSandbox<TNative, TConfig>(
  { sandbox: native, sandboxId }: NativeSandbox<TNative>,
  { provider, methods, config }: SandboxContext<TNative, TConfig>,
): Sandbox<TNative> {
  let destroyed = false;
  const supported = provider.getSupportedRuntimes();
  const defaultRuntime = supported.includes('python') ? 'python' : (supported[0] ?? 'python');

  async function timed({ maxOutput }: ExecutionOptions, run: () => Promise<RawResult>): Promise<ExecutionResult> {
    const start = performance.now();
    const raw = keptOutput(await run(), maxOutput);
    const executionTime = raw.executionTime ?? raw.durationMs ?? performance.now() - start;
    return { ...raw, executionTime, durationMs: executionTime, sandboxId, provider: provider.name };
  }

  const sandbox: Sandbox<TNative> = {
    sandboxId,
    provider: provider.name,
    filesystem: wrapFilesystem(native, methods),
    get isDestroyed() {
      return destroyed;
    },

    async runCode(code: string, second?: Runtime | RunCodeOptions, third?: RunCodeOptions) {
      const call = readCodeCall(code, second, third);
      const { runCode = defaultRunCode(methods, defaultRuntime) } = methods;
      return timed(call.options, () => runCode(native, call.code, call.runtime, config, ...ifAny(call.options)));
    },

    async runCommand(command: string, second?: readonly string[] | RunCommandOptions, third?: RunCommandOptions) {
      const call = readCommandCall(command, second, third);
      const [program, ...args] = toArgv(call);
      return timed(call.options, () => methods.runCommand(native, program, args, ...ifAny(call.options)));
    },

    async getInfo(options) {
      const raw = await methods.getInfo(native, ...ifGiven(options));
      const filled = { id: sandboxId, sandboxId, provider: provider.name, createdAt: new Date(raw.createdAt) };
      return { runtime: defaultRuntime, ...raw, ...filled };
    },

    async getUrl(options) {
      checkGetUrlOptions(options);
      return methods.getUrl(native, options);
    },
    getProvider: () => provider,
    getInstance: () => methods.getInstance?.(native) ?? native,
    kill: (options) => sandbox.destroy(options),
    async destroy(options) {
      await methods.destroy(config, sandboxId, ...ifGiven(options));
      destroyed = true;
    },
    [Symbol.asyncDispose]: () => sandbox.destroy(),
  };
  return sandbox;
}

type RunCode<TNative, TConfig> = NonNullable<SandboxMethods<TNative, TConfig>['runCode']>;

/** Code as an argument of the interpreter: simple, and limited to Linux' 128 KiB for one argument. */
function defaultRunCode<TNative, TConfig>(
  methods: SandboxMethods<TNative, TConfig>,
  defaultRuntime: Runtime,
): RunCode<TNative, TConfig> {
  return (native, code, runtime = defaultRuntime, _config, options) => {
    const [program, flag] = runtime === 'python' ? ['python3', '-c'] : ['node', '-e'];
    return methods.runCommand(native, program, [flag, code], ...ifGiven(options));
  };
}
