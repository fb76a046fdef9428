// How the engine treats each field that a request may carry. What is not listed is honoured as Modal's documentation says.
// The strict check of requests and docs/parity.md both read this table: one truth, enforced.

import type { Proof } from './rpc-support.js';

export type FieldStatus = FieldSupport['status'];

/** `why` is a sentence for the user: what happens instead, or what to do. */
export type FieldSupport =
  /** Honoured, with a difference that `why` tells and a test of its own shows. */
  | { readonly status: 'partial'; readonly why: string; readonly proof: Proof }
  /** Harmless by its meaning on one machine: accepted, without effect. */
  | { readonly status: 'ignored'; readonly why: string }
  /** INVALID_ARGUMENT that names the field; with `--loose` a warning. */
  | { readonly status: 'refused'; readonly why: string };

const refused = (why: string): FieldSupport => ({ status: 'refused', why });
const ignored = (why: string): FieldSupport => ({ status: 'ignored', why });
const partial = (why: string, file: string, title: string): FieldSupport => ({ status: 'partial', why, proof: { file: `packages/modal-local/test/${file}`, title } });

const ONE_MACHINE = 'One machine has no regions, zones or clouds to choose from';
const NO_SDK_SENDS = 'No JavaScript SDK sends it';
const FILE_COMMAND = 'No JavaScript SDK sends it: run a command instead';
const FUNCTIONS_ONLY = 'It belongs to Functions, which the engine does not serve';
const ONLY_EXIT_SNAPSHOTS = partial('Only enable_exit_snapshot; others are refused by name', 'snapshots.test.ts', 'has to be asked for, by the one experimental option that there is');

/** By message, then by field, in the names of the .proto files. */
export const FIELD_SUPPORT: Readonly<Record<string, Readonly<Record<string, FieldSupport>>>> = {
  Sandbox: {
    mount_ids: refused(`Put files into the image or a volume instead. ${NO_SDK_SENDS}`),
    cloud_provider: ignored(ONE_MACHINE),
    cloud_provider_str: ignored(`${ONE_MACHINE}; the name must be one that Modal knows`),
    scheduler_placement: ignored(`${ONE_MACHINE}; region names must be ones that Modal knows`),
    nfs_mounts: refused('Use a volume instead of a network file system'),
    runtime_debug: ignored('It changes what Modal logs for its own staff'),
    s3_mounts: refused('Use cloud_bucket_mounts'),
    worker_id: refused(NO_SDK_SENDS),
    enable_snapshot: refused('Memory snapshots need Modal\'s cloud; snapshotFilesystem() works here'),
    snapshot_version: refused('Memory snapshots need Modal\'s cloud; snapshotFilesystem() works here'),
    runsc_runtime_version: refused('The version of the runtime is what the host has installed'),
    runtime: refused('Sandboxes of this machine run on crun or runc and share its kernel: leave `runtime` out, or run the program on Modal'),
    proxy_id: partial('The proxy must exist; traffic leaves from this machine\'s own address', 'objects.test.ts', 'that exist are taken for what they are here: names'),
    include_oidc_identity_token: partial('Signed by this engine, not by Modal: verify it with identity-jwks.json of the state directory', 'objects.test.ts', 'gives a sandbox an identity token only when asked, and publishes what verifies it'),
    verbose: ignored('Executed commands are not added to the logs'),
    preload_path_prefixes: ignored('Local files need no preloading'),
    direct_sandbox_commands_enabled: ignored('Commands always go to the sandbox directly'),
    restore_instance_type: ignored('One machine has one instance type'),
    custom_domain: refused('A tunnel of this machine has no domain of its own: leave it out'),
    i6pn_enabled: refused('Private networking between sandboxes needs Modal\'s cloud'),
    include_x509_svid: refused('Workload certificates need Modal\'s cloud; includeOidcIdentityToken works here'),
    environment_variables: refused(`Use secrets. ${NO_SDK_SENDS}`),
    experimental_options: ONLY_EXIT_SNAPSHOTS,
    experimental_options_v2: ONLY_EXIT_SNAPSHOTS,
    outbound_policy: refused('Use experimentalOutboundPolicy'),
  },
  Resources: {
    gpu_config: refused('This machine lends no GPU to sandboxes: leave `gpu` out, or run the program on Modal'),
    rdma: refused('RDMA needs Modal\'s cloud'),
  },
  SchedulerPlacement: {
    zone: ignored(ONE_MACHINE),
    lifecycle: ignored(ONE_MACHINE),
    instance_types: ignored('One machine has one instance type'),
    nonpreemptible: ignored('Nothing preempts a local sandbox'),
  },
  PTYInfo: {
    env_term: ignored('Programs see TERM=xterm-256color, which is what the SDK sends'),
    env_colorterm: ignored('Programs see COLORTERM=truecolor, which is what the SDK sends'),
    env_term_program: ignored('The SDK sends it empty'),
    pty_type: ignored('Every terminal is a shell terminal'),
    no_terminate_on_idle_stdin: ignored('Idle input never ends a local process'),
  },
  CloudBucketMount: {
    oidc_auth_role_arn: refused('Roles are assumed by Modal\'s cloud: give credentials in a secret'),
    metadata_ttl_type: ignored('It tunes a cache of Modal\'s mount'),
    metadata_ttl_seconds: ignored('It tunes a cache of Modal\'s mount'),
  },
  VolumeMount: {
    allow_background_commits: ignored('Writes to a local volume are visible at once'),
  },
  AppFetchLogsRequest: {
    function_id: refused(FUNCTIONS_ONLY),
    function_call_id: refused(FUNCTIONS_ONLY),
    parametrized_function_id: refused(FUNCTIONS_ONLY),
  },
  AppCountLogsRequest: {
    function_id: refused(FUNCTIONS_ONLY),
    function_call_id: refused(FUNCTIONS_ONLY),
    parametrized_function_id: refused(FUNCTIONS_ONLY),
  },
  EnvironmentCreateRequest: {
    is_managed: refused('Roles guard environments of a shared workspace; this machine has one user'),
    settings: refused(`Settings of an environment cannot be changed here. ${NO_SDK_SENDS}`),
    environment_type: refused(NO_SDK_SENDS),
    default_member_role: refused('Roles guard environments of a shared workspace; this machine has one user'),
    default_member_role_str: refused('Roles guard environments of a shared workspace; this machine has one user'),
  },
  VolumeGetOrCreateRequest: {
    app_id: ignored('Volumes belong to an environment'),
    create_options: refused(NO_SDK_SENDS),
  },
  VolumeDeleteRequest: {
    environment_name: ignored('The id says which volume'),
  },
  SecretGetOrCreateRequest: {
    app_id: ignored('Secrets belong to an environment'),
  },
  ImageGetOrCreateRequest: {
    existing_image_id: refused(FUNCTIONS_ONLY),
    build_function_id: refused(FUNCTIONS_ONLY),
    namespace: ignored('One machine has one namespace'),
    allow_global_deployment: ignored('One machine has one namespace'),
  },
  Image: {
    context_files: refused('COPY from a local context is not part of the JavaScript SDK; use COPY --from or a volume'),
    version: ignored('The builder version decides'),
    build_function_def: refused(FUNCTIONS_ONLY),
    build_function_globals: refused(FUNCTIONS_ONLY),
    build_function: refused(FUNCTIONS_ONLY),
    context_mount_id: refused('COPY from a local context is not part of the JavaScript SDK; use COPY --from or a volume'),
    gpu_config: refused('This machine lends no GPU to image builds: leave `gpu` out, or build on Modal'),
    runtime: ignored('Builds use the runtime of sandboxes'),
    runtime_debug: ignored('It changes what Modal logs for its own staff'),
    volume_mounts: refused(`Volumes cannot be mounted while an image is built. ${NO_SDK_SENDS}`),
    arch: refused('Images are built for the architecture of this machine: leave it out'),
  },
  ImageJoinStreamingRequest: {
    include_logs_for_finished: ignored('The logs of a finished build are always sent'),
  },
  ImagePublishRequest: {
    allow_public: refused('An image of this machine is visible to its one user: leave it out'),
  },
  SandboxCreateV2Request: {
    cloud_bucket_mount_credentials: refused(`Give each bucket mount a secret. ${NO_SDK_SENDS}`),
  },
  SandboxContainerCreateV2Request: {
    cloud_bucket_mount_credentials: refused(`Give each bucket mount a secret. ${NO_SDK_SENDS}`),
  },
  SandboxGetTaskIdRequest: {
    wait_until_ready: ignored('A sandbox has its task from the start'),
  },
  ContainerExecRequest: {
    terminate_container_on_exit: refused('Terminate the sandbox when the command has ended'),
    runtime_debug: ignored('It changes what Modal logs for its own staff'),
  },
  ContainerExecGetOutputRequest: {
    get_raw_bytes: ignored('Output is always sent as bytes'),
  },
  ContainerFilesystemExecRequest: {
    file_delete_bytes_request: refused(FILE_COMMAND),
    file_write_replace_bytes_request: refused(FILE_COMMAND),
    file_ls_request: refused(FILE_COMMAND),
    file_mkdir_request: refused(FILE_COMMAND),
    file_rm_request: refused(FILE_COMMAND),
    file_watch_request: refused(FILE_COMMAND),
  },
  TaskExecStartRequest: {
    runtime_debug: ignored('It changes what Modal logs for its own staff'),
  },
  TaskContainerCreateRequest: {
    memory_reserve_consume_mib: ignored('A sidecar has the limits of its sandbox, and nothing is reserved on one machine'),
  },
  TaskMountDirectoryRequest: {
    customer_supplied_encryption_key: refused('Snapshots of this machine are not encrypted: leave the key out'),
  },
  TaskSnapshotFilesystemRequest: {
    customer_supplied_encryption_key: refused('Snapshots of this machine are not encrypted: leave the key out'),
  },
  TaskSnapshotDirectoryRequest: {
    customer_supplied_encryption_key: refused('Snapshots of this machine are not encrypted: leave the key out'),
  },
};
