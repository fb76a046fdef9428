// The instructions that images are built from, before variables are put in.

/** Exec form as its arguments, shell form as its text. */
export type Command = { argv: readonly string[] } | { shell: string };

export type Instruction = { step: string } & (
  | { kind: 'FROM'; image: string; stage: string | undefined }
  | { kind: 'RUN'; command: Command }
  | { kind: 'ENV' | 'LABEL' | 'ARG'; text: string }
  | { kind: 'WORKDIR' | 'USER' | 'EXPOSE'; text: string }
  | { kind: 'COPY'; from: string; paths: string; owner: string | undefined; mode: string | undefined }
  | { kind: 'ADD'; paths: string; owner: string | undefined; mode: string | undefined; checksum: string | undefined }
  | { kind: 'SHELL'; argv: readonly string[] }
  | { kind: 'ENTRYPOINT' | 'CMD'; command: Command }
  | { kind: 'HEALTHCHECK' }
);

export class BuildError extends Error {
  override readonly name = 'BuildError';
}
