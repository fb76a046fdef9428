// What the engine answers to each call of Modal's API, and the test that shows it. docs/parity.md is made of this table,
// of FIELD_SUPPORT and of the schema (npm run parity); a test holds all of them to one another.

export interface Proof {
  /** From the repository's root. */
  file: string;
  /** As the test has it, without what `it.each` fills in. */
  title: string;
}

export interface RpcSupport {
  status: 'supported' | 'refused';
  /** With `refused`: the gRPC status, and what to do instead. */
  why?: string;
  proof: Proof;
}

const TESTS = 'packages/modal-local/test';
const WIRE = 'packages/modal-local/src/wire';

type Group = readonly [proof: Proof, rpcs: readonly string[]];

const group = (file: string, title: string, ...rpcs: string[]): Group => [{ file, title }, rpcs];

const SUPPORTED: readonly Group[] = [
  group(`${WIRE}/objects.test.ts`, 'finds an app again, and says when there is none', 'AuthTokenGet', 'AppGetOrCreate', 'AppGetInfo', 'AppList'),
  group(`${TESTS}/logs.test.ts`, 'are fetched by source and text, while it runs and after its end', 'AppFetchLogs', 'AppCountLogs'),
  group(`${WIRE}/objects.test.ts`, 'creates, lists and deletes environments', 'EnvironmentGetOrCreate', 'EnvironmentCreate', 'EnvironmentList', 'EnvironmentDelete'),
  group(`${TESTS}/image-names.test.ts`, 'builds an image, finds it by id and by name, and deletes it', 'ImageGetOrCreate', 'ImageJoinStreaming', 'ImageFromId', 'ImageDelete', 'ImageGetByTag', 'ImagePublish'),
  group(`${WIRE}/objects.test.ts`, 'finds a secret, and names what is missing', 'SecretGetOrCreate'),
  group(`${WIRE}/objects.test.ts`, 'deletes secrets and volumes', 'SecretDelete', 'VolumeDelete'),
  group(`${WIRE}/objects.test.ts`, 'creates a volume once, and says when there is none', 'VolumeGetOrCreate'),
  group(`${WIRE}/objects.test.ts`, 'keeps ephemeral volumes and queues by their heartbeats, and no others', 'VolumeHeartbeat', 'QueueHeartbeat'),
  group(`${TESTS}/objects.test.ts`, 'carry files from sandbox to sandbox, at once', 'TaskReloadVolumes'),
  group(`${WIRE}/objects.test.ts`, 'finds proxies that were added', 'ProxyGet'),
  group(`${WIRE}/objects.test.ts`, 'passes values of every kind through a queue, in order', 'QueueGetOrCreate', 'QueueGet', 'QueuePut', 'QueueLen', 'QueueDelete'),
  group(`${WIRE}/objects.test.ts`, 'keeps partitions apart', 'QueueClear'),
  group(`${WIRE}/objects.test.ts`, 'iterates over a queue without taking', 'QueueNextItems'),
  group(`${TESTS}/every-sdk.test.ts`, 'tells a command’s output, its errors and its exit code apart',
    'SandboxCreate', 'SandboxCreateV2', 'SandboxGetTaskId', 'SandboxGetTaskIdV2', 'TaskGetCommandRouterAccess', 'SandboxGetCommandRouterAccess',
    'ContainerExec', 'ContainerExecGetOutput', 'ContainerExecWait', 'TaskExecStart', 'TaskExecStdioRead', 'TaskExecWait'),
  group(`${TESTS}/every-sdk.test.ts`, 'carries text through standard input, up to its end', 'ContainerExecPutInput', 'TaskExecStdinWrite'),
  group(`${TESTS}/every-sdk.test.ts`, 'ends a sandbox when it is told to, and says 137', 'SandboxWait', 'SandboxWaitV2', 'SandboxTerminate', 'SandboxTerminateV2'),
  group(`${TESTS}/every-sdk.test.ts`, 'ends with its entrypoint, whose output and exit code it keeps', 'SandboxGetLogs', 'SandboxStdioReadV2'),
  group(`${TESTS}/every-sdk.test.ts`, 'hands standard input to the entrypoint', 'SandboxStdinWrite', 'SandboxStdinWriteV2'),
  group(`${TESTS}/every-sdk.test.ts`, 'opens a tunnel to a port', 'SandboxGetTunnels', 'SandboxGetTunnelsV2'),
  group(`${TESTS}/exec.test.ts`, 'are written and read back byte for byte', 'TaskExecPoll', 'TaskExecStdinStatus', 'TaskExecStdinWriteStream'),
  group(`${TESTS}/readiness.test.ts`, 'waits for a port', 'SandboxWaitUntilReady'),
  group(`${TESTS}/network.test.ts`, 'admits its holder, whom the server learns by name', 'SandboxCreateConnectToken', 'SandboxCreateConnectTokenV2'),
  group(`${TESTS}/network.test.ts`, 'puts secrets into requests to its domains, and into the sandbox no secret', 'TaskSetOutboundPolicy'),
  group(`${TESTS}/network.test.ts`, 'holds an allowlist, and a new one while the sandbox runs', 'TaskSetNetworkAccess'),
  group(`${TESTS}/sandbox.test.ts`, 'is listed with its tags, newest first', 'SandboxList', 'SandboxListV2', 'SandboxTagsSet', 'SandboxTagsGet', 'SandboxTagsSetV2', 'SandboxTagsGetV2'),
  group(`${TESTS}/sandbox.test.ts`, 'is found by name until it is terminated, and the name is free at once', 'SandboxGetFromName', 'SandboxGetFromNameV2', 'SandboxSetName'),
  group(`${TESTS}/snapshots.test.ts`, 'holds what was written, changed and deleted, while the sandbox goes on', 'TaskSnapshotFilesystem'),
  group(`${TESTS}/snapshots.test.ts`, 'can be mounted into another sandbox, changed there, and taken again', 'TaskSnapshotDirectory', 'TaskMountDirectory', 'TaskUnmountDirectory'),
  group(`${TESTS}/snapshots.test.ts`, 'holds what a sandbox had written when it ended', 'SandboxGetExitSnapshot', 'SandboxGetExitSnapshotV2'),
  group(`${TESTS}/image-names.test.ts`, 'takes the snapshot of a file system that SDK 0.3.16 asks for', 'SandboxSnapshotFs'),
  group(`${TESTS}/sidecars.test.ts`, 'has files of its own, and the network of its sandbox', 'SandboxContainerCreateV2'),
  group(`${TESTS}/sidecars.test.ts`, 'is created on the data path for a V1 sandbox', 'TaskContainerCreate'),
  group(`${TESTS}/sidecars.test.ts`, 'ends with its command, when it is told to, or with its sandbox',
    'TaskContainerGet', 'TaskContainerList', 'TaskContainerTerminate', 'TaskContainerWait'),
  group(`${TESTS}/published.test.ts`, 'writes, reads, lists and removes files', 'ContainerFilesystemExec', 'ContainerFilesystemExecGetOutput'),
];

const SANDBOX_INSTEAD = 'UNIMPLEMENTED: run the code in a Sandbox';

const REFUSED: readonly (readonly [why: string, ...group: Group])[] = [
  [
    'UNIMPLEMENTED: use snapshotFilesystem(), or Modal itself',
    ...group(`${TESTS}/cannot.test.ts`, 'takes no memory snapshot, and says what to do instead', 'SandboxSnapshot', 'TaskSnapshotMemory'),
  ],
  [
    'NOT_FOUND: no memory snapshot is ever taken here',
    ...group(`${TESTS}/cannot.test.ts`, 'knows no memory snapshot of elsewhere', 'SandboxSnapshotWait', 'SandboxSnapshotGet', 'SandboxRestore', 'SandboxRestoreV2'),
  ],
  ['NOT_FOUND: there are no Functions', ...group(`${TESTS}/cannot.test.ts`, 'runs no Functions, keeps no metrics and no blobs', 'FunctionGet')],
  [
    SANDBOX_INSTEAD,
    ...group(`${TESTS}/cannot.test.ts`, 'runs no Functions, keeps no metrics and no blobs',
      'FunctionMap', 'FunctionPutInputs', 'FunctionRetryInputs', 'FunctionGetOutputs', 'FunctionCallCancel', 'FunctionCallFromId', 'FunctionCallGetInfo',
      'FunctionBindParams', 'FunctionUpdateSchedulingParams', 'FunctionGetById', 'AttemptStart', 'AttemptAwait', 'AttemptRetry', 'AppGetLogs'),
  ],
  [
    'UNIMPLEMENTED: measure inside the Sandbox',
    ...group(`${TESTS}/cannot.test.ts`, 'runs no Functions, keeps no metrics and no blobs', 'FunctionGetCurrentStats', 'FunctionGetTimeRangeStats', 'FunctionGetMetrics', 'MetricsGetInfo'),
  ],
  ['UNIMPLEMENTED: use files or a Volume', ...group(`${TESTS}/cannot.test.ts`, 'runs no Functions, keeps no metrics and no blobs', 'BlobCreate', 'BlobGet')],
];

/** By the call's name; the two SandboxWaitUntilReady, one of each service, are the same. */
export const RPC_SUPPORT: ReadonlyMap<string, RpcSupport> = new Map<string, RpcSupport>([
  ...SUPPORTED.flatMap(([proof, rpcs]) => rpcs.map((rpc): [string, RpcSupport] => [rpc, { status: 'supported', proof }])),
  ...REFUSED.flatMap(([why, proof, rpcs]) => rpcs.map((rpc): [string, RpcSupport] => [rpc, { status: 'refused', why, proof }])),
]);
