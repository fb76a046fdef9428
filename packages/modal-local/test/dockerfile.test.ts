// Images from Dockerfile commands, through Modal's own SDK: each step in a real sandbox of the one before.

import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Image } from 'modal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually, testEngine } from './engine.js';

const engine = testEngine();
let files: Server;
let address: string;

beforeAll(async () => {
  files = createServer((request, response) => {
    if (request.url === '/tool.sh') response.end('#!/bin/sh\necho tool\n');
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(files, 'listening');
  address = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
});

afterAll(async () => {
  files.closeAllConnections();
  files.close();
  await once(files, 'close');
});

const base = (): Image => engine.client.images.fromRegistry('python:3.13-slim');

/** Of this machine: those of sandboxes are among them. */
function runs(argv: string): boolean {
  return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && commandOf(pid) === argv);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch (error) {
    // It has ended meanwhile.
    if (error instanceof Error && /ENOENT|ESRCH/.test(error.message)) return '';
    throw error;
  }
}

async function built(image: Image): Promise<Image> {
  return await image.build(engine.app);
}

describe('Dockerfile commands', () => {
  it('run one on top of the other, with variables, users, directories and shells', async () => {
    const image = base().dockerfileCommands([
      'ARG VERSION=1.2',
      'ENV APP_HOME=/opt/app APP_VERSION=$VERSION',
      'WORKDIR $APP_HOME/data',
      'RUN echo "$APP_VERSION $VERSION" > version && mkdir -p /home/me && chown 1234:1234 /home/me .',
      'RUN ["sh", "-c", "echo exec \\"$APP_HOME\\" >> version"]',
      'SHELL ["/bin/bash", "-c"]',
      'RUN [[ bash == b* ]] && echo bash >> version',
      'RUN <<EOF\nset -e\necho here >> version\nEOF',
      'LABEL who=test',
      'EXPOSE 8080',
      'HEALTHCHECK CMD true',
      'USER 1234:1234',
      'RUN id -u > owner',
    ]);
    expect(await engine.shell(image, 'pwd; cat version owner; id -u; echo $APP_VERSION-$VERSION')).toBe('/opt/app/data\n1.2 1.2\nexec /opt/app\nbash\nhere\n1234\n1234\n1.2-\n');
  });

  it('copy from other stages and images, and add from URLs', async () => {
    const image = base().dockerfileCommands([
      'WORKDIR /src/deep',
      'RUN echo a > a && echo b > b && ln -s a link && chmod 600 b',
      `ADD ${address}/tool.sh /usr-local/tool`,
      'FROM python:3.13-slim',
      'COPY --from=0 --chown=5:6 /src/deep /copied/',
      'COPY --from=0 /src/deep/a /src/deep/b /two/',
      'COPY --from=0 /src/deep/a /renamed',
      'COPY --from=0 /src/deep/? /glob/',
      'COPY --from=python:3.13-slim /etc/hostname-missing* /etc/passwd /from-image/',
      `ADD --chmod=755 ${address}/tool.sh /bin-tool`,
    ]);
    await expect(built(image)).rejects.toThrow('no such file: /etc/hostname-missing*');
    const good = base().dockerfileCommands([
      'RUN mkdir -p /src/deep && cd /src/deep && echo a > a && echo b > b && ln -s a link && chmod 600 b',
      'FROM python:3.13-slim AS final',
      'COPY --from=0 --chown=5:6 /src/deep /copied/',
      'COPY --from=0 /src/deep/a /src/deep/b /two/',
      'COPY --from=0 /src/deep/a /renamed',
      'COPY --from=0 /src/deep/? /glob/',
      'COPY --from=python:3.13-slim /etc/passwd /from-image/',
      `ADD --chmod=755 ${address}/tool.sh /bin-tool`,
    ]);
    const seen = await engine.shell(good, 'cd /copied; ls; stat -c "%u:%g %a" b; readlink link; ls /two /glob; cat /renamed; ls /from-image; /bin-tool; ls /src /__modal');
    expect(seen.split('\n')).toEqual(['a', 'b', 'link', '5:6 600', 'a', '/glob:', 'a', 'b', '', '/two:', 'a', 'b', 'a', 'passwd', 'tool', '/__modal:', "ls: cannot access '/src': No such file or directory", '']);
  });

  it('see the secrets of their own layer only, and leave none behind', async () => {
    const secret = await engine.client.secrets.fromObject({ TOKEN: 'hush' });
    const image = base()
      .dockerfileCommands(['RUN test "$TOKEN" = hush && test "$PLAIN" = 1 && echo seen > /seen'], { secrets: [secret], env: { PLAIN: '1' } })
      .dockerfileCommands(['RUN test -z "$TOKEN" && test -z "$PLAIN"']);
    expect(await engine.shell(image, 'cat /seen; env | grep -c hush; grep -r hush /seen /etc 2>/dev/null')).toBe('seen\n0\n');
  });

  it('are built once while nothing that they depend on changes', async () => {
    const stamp = (extra: string[] = [], force = false) => base().dockerfileCommands(['RUN cat /proc/sys/kernel/random/uuid > /stamp', ...extra], { forceBuild: force });
    const first = await engine.shell(stamp(), 'cat /stamp');
    expect(await engine.shell(stamp(), 'cat /stamp')).toBe(first);
    // The first step is shared with an image that goes on differently.
    expect(await engine.shell(stamp(['RUN echo more > /more']), 'cat /stamp')).toBe(first);
    const other = base().dockerfileCommands(['RUN cat /proc/sys/kernel/random/uuid > /stamp'], { env: { A: '1' } });
    expect(await engine.shell(other, 'cat /stamp')).not.toBe(first);
    const forced = await engine.shell(stamp([], true), 'cat /stamp');
    expect(forced).not.toBe(first);
    expect(await engine.shell(stamp(), 'cat /stamp')).toBe(forced);
  });

  it('have ids by their content', async () => {
    const image = () => base().dockerfileCommands(['RUN echo same > /same']);
    expect((await built(image())).imageId).toBe((await built(image())).imageId);
  });

  it('that fail say where, what and why', async () => {
    const image = base().dockerfileCommands(['RUN echo fine', 'RUN echo about to fail; echo oops >&2; exit 3']);
    await expect(built(image)).rejects.toThrow(/Image build for im-\w+ failed with the exception:\nStep 3\/3 `RUN echo about to fail; echo oops >&2; exit 3` failed: exit code 3\nabout to fail\noops/);
    // It may succeed the next time: failures are not kept.
    await expect(built(image)).rejects.toThrow('exit code 3');
  });

  it.each([
    ['VOLUME /x', 'VOLUME is not supported'],
    ['RUN --mount=type=cache,target=/x true', '--mount is not supported'],
    ['ADD file /x', 'takes http and https URLs'],
    ['COPY --from=nowhere /x /y', /nowhere/],
    ['RUN ["/no/such/program"]', 'exit code 127'],
  ])('like %s are refused: %s', async (command, message) => {
    await expect(built(base().dockerfileCommands([command]))).rejects.toThrow(message);
  });

  it('that do not end are stopped when their image is deleted, and whoever waits is told', async () => {
    const { cpClient } = engine.client;
    const sleep = `sleep 86401.${process.pid}`;
    const dockerfileCommands = ['FROM python:3.13-slim', `RUN exec ${sleep}`];
    const { imageId, result } = await cpClient.imageGetOrCreate({ appId: engine.app.appId, image: { dockerfileCommands } });
    expect(result).toBeUndefined();
    await eventually(() => runs(sleep), 'the command runs');
    const watched = (async () => {
      for await (const { result } of cpClient.imageJoinStreaming({ imageId, timeout: 55, lastEntryId: '0' })) if (result) return result.exception;
      return undefined;
    })();
    await cpClient.imageDelete({ imageId });
    expect(await watched).toBe('The image was deleted while it was built');
    expect(runs(sleep)).toBe(false);
  });

  it('that do not end are stopped once nobody has waited for them for a while', async () => {
    const { cpClient } = engine.client;
    const sleep = `sleep 86402.${process.pid}`;
    const image = { dockerfileCommands: ['FROM python:3.13-slim', `RUN exec ${sleep}`] };
    await cpClient.imageGetOrCreate({ appId: engine.app.appId, image });
    await eventually(() => runs(sleep), 'the command runs');
    await engine.local.controls.advance(6 * 60_000);
    await eventually(() => !runs(sleep), 'the command has been stopped');
  });

  it('run without the right to touch the machine', async () => {
    const image = base().dockerfileCommands(['RUN ! mount -t tmpfs none /mnt 2>/dev/null && ! touch /usr/evil 2>/dev/null && ! ls /root/.ssh 2>/dev/null && echo contained > /ok']);
    expect(await engine.shell(image, 'cat /ok')).toBe('contained\n');
  });
});
