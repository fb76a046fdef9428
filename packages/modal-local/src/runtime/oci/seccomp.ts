// The seccomp profile: one architecture (32-bit calls are killed, and with them a second, looser entry into the kernel),
// no new namespaces, and only the socket families that programs need.

import { ALLOWED_SYSCALLS, REFUSED_SYSCALLS } from './syscalls.js';

interface SyscallArgument {
  index: number;
  value: number;
  valueTwo?: number;
  op: 'SCMP_CMP_EQ' | 'SCMP_CMP_MASKED_EQ';
}

interface SyscallRule {
  names: readonly string[];
  action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  errnoRet?: number;
  args?: readonly SyscallArgument[];
}

export interface SeccompProfile {
  defaultAction: 'SCMP_ACT_ERRNO';
  defaultErrnoRet: number;
  architectures: readonly string[];
  syscalls: readonly SyscallRule[];
}

const EPERM = 1;
const ENOSYS = 38;

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'SCMP_ARCH_X86_64',
  arm64: 'SCMP_ARCH_AARCH64',
};

// AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. AF_VSOCK would reach a hypervisor past every network namespace.
const SOCKET_FAMILIES = [1, 2, 10, 16];

// All CLONE_NEW* flags of clone(2): no user namespace of its own inside a sandbox.
const NAMESPACE_FLAGS = 0x7e02_0000;

// Linux, Linux32 and the query; with and without address randomisation switched off as debuggers do.
const PERSONALITIES = [0x0, 0x8, 0x4_0000, 0x2_0000, 0x2_0008, 0xffff_ffff];

export function seccompProfile(architecture: NodeJS.Architecture = process.arch): SeccompProfile {
  const name = ARCHITECTURES[architecture];
  if (name === undefined) throw new Error(`no seccomp profile for ${architecture}; x64 and arm64 are supported`);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    architectures: [name],
    syscalls: [
      { names: ALLOWED_SYSCALLS, action: 'SCMP_ACT_ALLOW' },
      { names: REFUSED_SYSCALLS, action: 'SCMP_ACT_ERRNO', errnoRet: EPERM },
      allowedWhen('clone', [{ index: 0, value: NAMESPACE_FLAGS, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]),
      // Its flags lie in memory, where a filter cannot look: libraries fall back to clone.
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
      ...SOCKET_FAMILIES.map((family) => allowedWhen('socket', [{ index: 0, value: family, op: 'SCMP_CMP_EQ' }])),
      ...PERSONALITIES.map((value) => allowedWhen('personality', [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
    ],
  };
}

function allowedWhen(name: string, args: SyscallArgument[]): SyscallRule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args };
}
