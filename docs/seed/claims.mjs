// The claims of the seed document, in its words, and what proves each. A proof is a test file, with a title in it where one
// test says it all; a note stands where a sentence speaks of Modal's cloud or of its own day.

const CODE = 'packages/modal/test/code.test.ts';
const COMMANDS = 'packages/modal/test/commands.test.ts';
const FILES = 'packages/modal/test/files.test.ts';
const LIFECYCLE = 'packages/modal/test/lifecycle.test.ts';
const OPTIONS = 'packages/modal/test/options.test.ts';
const ERRORS = 'packages/modal/src/errors/from-modal.test.ts';
const DETECTION = 'packages/modal/src/code/detect-runtime.test.ts';
const EVERY_SDK = 'packages/modal-local/test/every-sdk.test.ts';

const CLOUD_ONLY = 'only Modal\'s cloud can prove it: [docs/cloud.md](cloud.md)';
const SDK_OF_TODAY = 'built on 0.11.1, the SDK of today; the engine serves 0.3.16 as well';
const FILES_OF_TODAY = 'Modal took `open()` out of its SDK with 0.8: files go through `Sandbox.filesystem`, which needs no fallback';

export const CLAIMS = [
  { claim: 'Execute code in serverless Modal sandboxes with full Python support', proofs: [CODE, LIFECYCLE] },
  { claim: '**✅ Full Implementation:**', proofs: [CODE, FILES, COMMANDS], note: SDK_OF_TODAY },
  { claim: 'Set the environment variables:', proofs: [`${LIFECYCLE} › without credentials can be made; the first call says what is missing`] },
  { claim: '- ✅ **Code Execution** - Real Python code execution', proofs: [`${CODE} › is what a sandbox runs by itself`] },
  { claim: '- ✅ **Command Execution** - Real shell command execution', proofs: [`${COMMANDS} › a shell runs it`] },
  { claim: '- ✅ **Filesystem Operations** - Real file system access', proofs: [FILES], note: FILES_OF_TODAY },
  { claim: '**Serverless Scaling** - Automatic scaling to thousands of containers', note: CLOUD_ONLY },
  {
    claim: "**GPU Support** - Easy GPU access with Modal's native GPU support",
    proofs: [`${OPTIONS} › a GPU on a machine that has none: the reason is told`],
    note: CLOUD_ONLY,
  },
  { claim: '**Full Modal Integration** - Complete real implementation', proofs: ['packages/modal/test/round-trips.test.ts'] },
  { claim: "This provider uses Modal's **official JavaScript SDK** (v0.3.16)", proofs: [`${LIFECYCLE} › gives a running sandbox of the official SDK`, EVERY_SDK], note: SDK_OF_TODAY },
  { claim: '✅ **Real Modal SDK Integration** - Uses the official `modal` npm package', proofs: [`${LIFECYCLE} › gives a running sandbox of the official SDK`] },
  {
    claim: '✅ **Authentication** - Full Modal API token handling with initializeClient()',
    proofs: [`${LIFECYCLE} › with wrong credentials says so, and a good call later works`],
    note: 'a client of each provider\'s own, where `initializeClient()` was one for the whole process',
  },
  { claim: '✅ **Sandbox Management** - Real create, connect, and destroy', proofs: [LIFECYCLE] },
  { claim: '✅ **Code Execution** - Real Python execution using Modal Sandbox.exec()', proofs: [CODE] },
  { claim: '✅ **Filesystem Operations** - Real file operations', proofs: [FILES], note: FILES_OF_TODAY },
  { claim: '✅ **Command Execution** - Real shell command execution', proofs: [COMMANDS] },
  { claim: '✅ **Status Monitoring** - Real sandbox status using Modal poll() API', proofs: [`${LIFECYCLE} › a sandbox whose command failed has status error, one that finished stopped`] },
  { claim: '- **Package**: Uses `modal@0.3.16` from npm', proofs: [EVERY_SDK], note: SDK_OF_TODAY },
  { claim: '- **Authentication**: Fully implemented with MODAL_TOKEN_ID/MODAL_TOKEN_SECRET', proofs: [`${LIFECYCLE} › with wrong credentials says so, and a good call later works`] },
  { claim: '- **Core Structure**: Complete ComputeSDK provider interface', proofs: ['packages/computesdk/src/compute/compute.test.ts', 'packages/modal/test/lifecycle.test.ts'] },
  { claim: '- **Execution**: **Real Modal API calls** for all operations', proofs: ['packages/modal/test/round-trips.test.ts'] },
  { claim: '- **Filesystem**: Dual approach using Modal file API + command fallbacks', proofs: [FILES], note: FILES_OF_TODAY },
  { claim: '- **Error Handling**: Comprehensive error handling with Modal-specific errors', proofs: [ERRORS] },
  { claim: 'This provider is **production ready** with real Modal API integration:', proofs: ['packages/modal/test/round-trips.test.ts', LIFECYCLE] },
  { claim: '1. ✅ Real code execution via Modal Sandbox.exec()', proofs: [CODE] },
  { claim: '2. ✅ Real filesystem operations via Modal open() + command fallbacks', proofs: [FILES], note: FILES_OF_TODAY },
  { claim: '3. ✅ Real command execution in Modal containers', proofs: [COMMANDS] },
  { claim: '4. ✅ Real sandbox lifecycle management', proofs: [LIFECYCLE] },
  { claim: '5. ✅ Comprehensive error handling and stream management', proofs: [ERRORS, `${COMMANDS} › arrives in the callbacks while the command runs`] },
  { claim: "The provider defaults to Python runtime for Modal's strengths:", proofs: [`${CODE} › is what a sandbox runs by itself`] },
  { claim: '- `print(` statements', proofs: [`${DETECTION} › Python, although a Node sandbox would run it`] },
  { claim: '- `import` statements', proofs: [`${DETECTION} › Python, although a Node sandbox would run it`] },
  { claim: '- `def` function definitions', proofs: [`${DETECTION} › Python, although a Node sandbox would run it`] },
  { claim: '- Python-specific syntax (`f"`, `__`, etc.)', proofs: [`${DETECTION} › Python, although a Node sandbox would run it`] },
  { claim: "**Default:** Python (Modal's primary runtime)", proofs: [`${CODE} › is what a sandbox runs by itself`] },
  { claim: 'Use with web frameworks via the request handler:', proofs: ['packages/computesdk/test/frameworks'] },
  { claim: '| **Primary Runtime** | Python |', proofs: [`${CODE} › is what a sandbox runs by itself`] },
  { claim: '| **GPU Support** | ✅ Easy |', note: CLOUD_ONLY },
  { claim: '| **Auto Scaling** | ✅ Thousands |', note: CLOUD_ONLY },
  { claim: '| **ML/AI Focus** | ✅ Optimized |', proofs: ['examples/image.mjs'], note: '`npm run examples:ml` trains the models of the document' },
  { claim: '| **Pricing Model** | Pay-per-use |', note: CLOUD_ONLY },
  { claim: '| **Filesystem** | ✅ |', proofs: [FILES] },
  { claim: '| **Container Images** | ✅ Custom |', proofs: ['packages/modal/test/templates.test.ts'] },
  { claim: '1. **Resource Management**: Modal automatically manages resources, but destroy sandboxes when done', proofs: [`${LIFECYCLE} › await using ends it`] },
  { claim: '2. **Error Handling**: Use try-catch blocks', proofs: ['examples/seed/11-error-handling.ts'] },
  { claim: '3. **GPU Utilization**: Modal provides easy GPU access', note: CLOUD_ONLY },
  { claim: "4. **Parallel Processing**: Use Modal's natural scaling", proofs: [`${CODE} › ten pieces at once on one sandbox do not mix`] },
  { claim: "5. **Container Images**: Use Modal's pre-built ML images", proofs: ['packages/modal/test/templates.test.ts'] },
  { claim: '- **Runtime Focus**: Primarily Python-focused', proofs: [CODE], note: 'Node runs as well' },
  { claim: "- **Network Access**: Subject to Modal's networking policies", proofs: [`${OPTIONS} › network: block`] },
  { claim: '- **Billing**: Pay-per-use Modal pricing applies', note: `${CLOUD_ONLY}; the local engine costs nothing` },
  { claim: "- **Regional Availability**: Limited to Modal's supported regions", note: CLOUD_ONLY },
  { claim: '- **Cold Starts**: Initial container startup time', proofs: ['benchmarks/README.md'] },
];

/** Headings, lists of links, advice that claims nothing of this software. */
export const NO_CLAIM = [
  /^#/,
  /^---$/,
  /^(title|sidebar|order): ?/,
  /^1\. Get your Modal API credentials/,
  /^\| Feature \|/,
  /^\|-+\|/,
  /^6\. \*\*API Security\*\*/,
  /^7\. \*\*Cost Optimization\*\*/,
  /^- \[(Modal|ComputeSDK)/,
  /^\*\*Python indicators:\*\*$/,
  /^MIT$/,
];
