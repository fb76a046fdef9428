import { describe, expect, it } from 'vitest';
import { parseDockerfile } from './parse.js';
import { expandText, expandWords } from './words.js';

const body = (...commands: string[]) => parseDockerfile(['FROM base', ...commands]).slice(1);

describe('Dockerfile commands', () => {
  it('tell the exec form from the shell form', () => {
    expect(body('RUN echo "a  b" && x', 'RUN ["echo", "a b", "$HOME"]', 'run [ -f /x ] && y')).toMatchObject([
      { kind: 'RUN', command: { shell: 'echo "a  b" && x' } },
      { kind: 'RUN', command: { argv: ['echo', 'a b', '$HOME'] } },
      { kind: 'RUN', command: { shell: '[ -f /x ] && y' } },
    ]);
  });

  it('may continue over lines, with comments between', () => {
    expect(body('RUN a && \\\n  # why\n\n  b')).toMatchObject([{ command: { shell: 'a &&   b' } }]);
  });

  it('may be here-documents', () => {
    expect(body('RUN <<EOF\necho one\necho "$A"\nEOF', 'RUN cat <<E > /f\nx\nE')).toMatchObject([
      { command: { shell: 'echo one\necho "$A"' } },
      { command: { shell: 'cat <<E > /f\nx\nE' } },
    ]);
  });

  it('have stages to copy from', () => {
    const steps = parseDockerfile(['ARG V=1', 'FROM --platform=linux/amd64 python:$V AS build', 'FROM base', 'COPY --from=build --chown=1:2 /a /b']);
    expect(steps).toMatchObject([
      { kind: 'ARG', text: 'V=1' },
      { kind: 'FROM', image: 'python:$V', stage: 'build' },
      { kind: 'FROM', image: 'base', stage: undefined },
      { kind: 'COPY', from: 'build', paths: '/a /b', owner: '1:2' },
    ]);
  });

  it.each([
    [['RUN x'], 'begins with `RUN x`'],
    [[], 'no commands'],
    [['FROM a', 'VOLUME /x'], 'VOLUME is not supported'],
    [['FROM a', 'ONBUILD RUN x'], 'ONBUILD is not supported'],
    [['FROM a', 'STOPSIGNAL 9'], 'STOPSIGNAL is not supported'],
    [['FROM a', 'FOO bar'], 'FOO is not supported'],
    [['FROM a', 'COPY . /app'], 'local context is not supported'],
    [['FROM a', 'RUN --mount=type=cache,target=/x y'], '--mount is not supported'],
    [['FROM a', 'SHELL bash'], 'has to be a JSON array'],
    [['FROM a b'], 'malformed'],
    [['FROM a', 'RUN'], '`RUN` lacks its arguments'],
  ])('%j are refused: %s', (commands, message) => {
    expect(() => parseDockerfile(commands)).toThrow(message);
  });
});

describe('words', () => {
  const lookup = (name: string) => ({ A: '1', B: 'two words' })[name];

  it('are split at blanks outside quotes', () => {
    expect(expandWords(`a "b c" 'd e' f\\ g ""`, lookup)).toEqual(['a', 'b c', 'd e', 'f g', '']);
  });

  it('have variables put in where Docker does', () => {
    expect(expandWords('$A ${B} "$B" \'$A\' \\$A x${A}y ${NO:-d$A} ${A:+set} ${NO:+no} $ $1', lookup)).toEqual(['1', 'two words', 'two words', '$A', '$A', 'x1y', 'd1', 'set', '', '$', '$1']);
    expect(expandText('value  with $A', lookup)).toBe('value  with 1');
  });
});
