// Files as SDK 0.7.6 and 0.3.16 open them: each operation is a call, whose outcome is read by a second one.

import { randomUUID } from 'node:crypto';

import type { Engine } from '../engine/engine.js';
import { EngineError } from '../engine/errors.js';
import { FileToolError, FileTools } from '../engine/files/fs-tools.js';
import { OpenFile } from '../engine/files/open-file.js';
import { SeekWhence, SystemErrorCode, type ContainerFilesystemExecRequest, type DeepPartial, type FilesystemRuntimeOutputBatch } from './gen/modal/client.js';
import type { ControlHandlers, WireOptions } from './services.js';

/** Outcomes are read once, at once, but a lost answer is asked for again. */
const KEPT_OUTCOMES = 1_000;

type Outcome = DeepPartial<FilesystemRuntimeOutputBatch>;

const ERROR_CODES: Record<string, SystemErrorCode> = {
  NotFound: SystemErrorCode.SYSTEM_ERROR_CODE_NOENT,
  PermissionDenied: SystemErrorCode.SYSTEM_ERROR_CODE_ACCES,
  AlreadyExists: SystemErrorCode.SYSTEM_ERROR_CODE_EXIST,
  NotDirectory: SystemErrorCode.SYSTEM_ERROR_CODE_NOTDIR,
  IsDirectory: SystemErrorCode.SYSTEM_ERROR_CODE_ISDIR,
  FileTooLarge: SystemErrorCode.SYSTEM_ERROR_CODE_FBIG,
  InvalidInput: SystemErrorCode.SYSTEM_ERROR_CODE_INVAL,
};

export function containerFileHandlers({ engine }: WireOptions): ControlHandlers {
  const files = new Map<string, OpenFile>();
  const outcomes = new Map<string, Outcome>();
  return {
    async containerFilesystemExec(request) {
      const execId = `fs-${randomUUID()}`;
      const { outcome, fileDescriptor } = await settle(() => perform(engine, files, request));
      outcomes.set(execId, outcome);
      const [oldest] = outcomes.keys();
      if (outcomes.size > KEPT_OUTCOMES && oldest !== undefined) outcomes.delete(oldest);
      return { execId, ...(fileDescriptor === undefined ? {} : { fileDescriptor }) };
    },

    async *containerFilesystemExecGetOutput({ execId }) {
      const outcome = outcomes.get(execId);
      if (!outcome) throw new EngineError('NOT_FOUND', `File operation '${execId}' not found`);
      yield outcome;
    },
  };
}

interface Performed {
  output?: Buffer;
  fileDescriptor?: string;
}

/** A failure of the operation is an outcome, not an error of the call. */
async function settle(action: () => Promise<Performed>): Promise<{ outcome: Outcome; fileDescriptor?: string }> {
  try {
    const { output, ...rest } = await action();
    return { outcome: { output: output ? [output] : [], eof: true }, ...rest };
  } catch (error) {
    if (!(error instanceof FileToolError)) throw error;
    const errorCode = ERROR_CODES[error.kind] ?? SystemErrorCode.SYSTEM_ERROR_CODE_IO;
    return { outcome: { error: { errorCode, errorMessage: error.message } } };
  }
}

async function perform({ sandboxes, world }: Engine, files: Map<string, OpenFile>, request: ContainerFilesystemExecRequest): Promise<Performed> {
  const sandbox = sandboxes.ofTask(request.taskId);
  sandbox.requireRunning();
  const opened = (descriptor: string) => {
    const file = files.get(`${request.taskId}/${descriptor}`);
    if (!file) throw new EngineError('NOT_FOUND', `File descriptor '${descriptor}' is not open`);
    return file;
  };
  if (request.fileOpenRequest) {
    const { path, mode } = request.fileOpenRequest;
    const file = await OpenFile.open(new FileTools(sandbox, world), path, mode);
    const fileDescriptor = randomUUID();
    const key = `${request.taskId}/${fileDescriptor}`;
    files.set(key, file);
    void sandbox.finished.then(() => files.delete(key));
    return { fileDescriptor };
  }
  if (request.fileReadRequest) return { output: opened(request.fileReadRequest.fileDescriptor).read(request.fileReadRequest.n) };
  if (request.fileReadLineRequest) return { output: opened(request.fileReadLineRequest.fileDescriptor).readLine() };
  if (request.fileWriteRequest) {
    opened(request.fileWriteRequest.fileDescriptor).write(request.fileWriteRequest.data);
    return {};
  }
  if (request.fileSeekRequest) {
    const { fileDescriptor, offset, whence } = request.fileSeekRequest;
    opened(fileDescriptor).seek(offset, whence === SeekWhence.SEEK_SET ? 'start' : whence === SeekWhence.SEEK_CUR ? 'current' : 'end');
    return {};
  }
  if (request.fileFlushRequest) {
    await opened(request.fileFlushRequest.fileDescriptor).flush();
    return {};
  }
  if (request.fileCloseRequest) {
    const { fileDescriptor } = request.fileCloseRequest;
    await opened(fileDescriptor).flush();
    files.delete(`${request.taskId}/${fileDescriptor}`);
    return {};
  }
  throw new EngineError('UNIMPLEMENTED', 'This file operation is sent by no JavaScript SDK: run a command instead');
}
