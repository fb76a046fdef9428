// What goes into a sandbox and out of it, through Modal's own SDK: tunnels, connect tokens, network policy.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ExperimentalOutboundPolicy, type Sandbox } from 'modal';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { Authority, makeKeyPair, toPem } from '../src/engine/certificates/authority.js';
import { standInternet, type InternetStand } from '../src/network/testing/internet-stand.js';
import { run, testEngine } from './engine.js';

const directory = mkdtempSync(join(tmpdir(), 'network-'));
let stand: InternetStand;
// Before the engine, which looks for the interfaces that lead outside when it starts.
beforeAll(async () => {
  const authority = new Authority({ commonName: 'tests', lifeDays: 1, now: Date.now() });
  const keys = makeKeyPair();
  const cert = authority.issue('api.test', [{ kind: 'dns', name: 'api.test' }, { kind: 'dns', name: 'other.test' }], keys.publicKey);
  const zone = { 'api.test': 'first', 'other.test': 'first' };
  stand = await standInternet(zone, { tls: { cert, key: toPem(keys.privateKey) } });
  writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', join(directory, 'ca.pem'));
  vi.stubEnv('MODAL_LOCAL_NAMESERVERS', stand.first);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await stand[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});
const engine = testEngine();

const SOON = { timeout: 45_000, interval: 50 };

/** On the sandbox's own loopback, as a careful server listens. */
const HTTP_SERVER = ['python3', '-m', 'http.server', '8080', '--bind', '127.0.0.1', '--directory', '/etc'];

async function get(url: string): Promise<string> {
  const ca = readFileSync(engine.local.env['NODE_EXTRA_CA_CERTS'] ?? '');
  const outgoing = request(url, { ca, agent: false }).end();
  const [response] = await once(outgoing, 'response');
  return await text(response);
}

/** `HTTP 200`, or the name of the error, as a program in the sandbox sees it. */
async function reach(sandbox: Sandbox, url: string): Promise<string> {
  const program = `
import sys, urllib.request
try: print('HTTP', urllib.request.urlopen(sys.argv[1], timeout=3).status)
except Exception as error: print(type(getattr(error, 'reason', error)).__name__)`;
  return (await run(sandbox, 'python3', '-c', program, url)).stdout.trim();
}

describe('a tunnel', () => {
  it('serves https from a server on the sandbox’s loopback, and closes with the sandbox', async () => {
    const sandbox = await engine.sandbox({ command: HTTP_SERVER, encryptedPorts: [8080] });
    const tunnel = (await sandbox.tunnels())[8080];
    if (!tunnel) throw new Error('no tunnel');
    await vi.waitFor(async () => expect(await get(`${tunnel.url}/hostname`)).toMatch(/^modal-/), SOON);
    await sandbox.terminate({ wait: true });
    await expect(get(tunnel.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('passes raw TCP', async () => {
    const program = 'import socket; s=socket.create_server(("127.0.0.1",9000)); c,_=s.accept(); c.sendall(c.recv(99).upper()); c.close()';
    const sandbox = await engine.sandbox({ command: ['python3', '-c', `${program}\nimport time; time.sleep(60)`], unencryptedPorts: [9000] });
    const [host, port] = (await sandbox.tunnels())[9000]?.tcpSocket ?? [];
    await vi.waitFor(async () => {
      const socket = connect(port ?? 0, host);
      socket.write('hello');
      expect(await text(socket)).toBe('HELLO');
    }, SOON);
  });

  it('keeps an idle sandbox alive while a connection is open', async () => {
    const params = { command: HTTP_SERVER, unencryptedPorts: [8080], idleTimeoutMs: 20_000 };
    const [sandbox, idle] = [await engine.sandbox(params), await engine.sandbox(params)];
    const [host, port] = (await sandbox.tunnels())[8080]?.tcpSocket ?? [];
    const ask = (socket: Socket) => {
      socket.write('GET /hostname HTTP/1.0\r\n\r\n');
      return text(socket);
    };
    await vi.waitFor(async () => expect(await ask(connect(port ?? 0, host))).toContain('200'), SOON);
    const held = connect(port ?? 0, host);
    await once(held, 'connect');
    await engine.local.controls.advance(30_000);
    expect(await idle.wait()).toBe(137);
    expect(await ask(held)).toContain('200');
    // The engine learns of the end of the connection a moment later.
    await vi.waitFor(async () => {
      await engine.local.controls.advance(20_000);
      expect(await sandbox.poll()).toBe(137);
    }, SOON);
  });

  it('is refused for a port that is none', async () => {
    await expect(engine.sandbox({ encryptedPorts: [70_000] })).rejects.toThrow('70000');
    await expect(engine.sandbox({ encryptedPorts: [80], unencryptedPorts: [80] })).rejects.toThrow('port 80 is listed twice');
  });
});

describe('a connect token', () => {
  it('admits its holder, whom the server learns by name', async () => {
    const program = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(self.headers['X-Verified-User-Data']).encode())
http.server.HTTPServer(('127.0.0.1', 8080), Handler).serve_forever()`;
    const sandbox = await engine.sandbox({ command: ['python3', '-c', program] });
    const { url, token } = await sandbox.createConnectToken({ userMetadata: 'user-7' });
    await vi.waitFor(async () => {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      expect(await response.text()).toBe('user-7');
    }, SOON);
    expect((await fetch(url)).status).toBe(401);
    await sandbox.terminate({ wait: true });
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('the network', () => {
  it('leads to public addresses, and not to this host', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\n')).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sandbox = await engine.sandbox();
    expect(await reach(sandbox, `http://${stand.first}/`)).toBe('HTTP 200');
    for (const address of [stand.hostAddress, '127.0.0.1', `${stand.privateAddress}`]) {
      expect(await reach(sandbox, `http://${address}:${address === stand.privateAddress ? 80 : port}/`)).toBe('ConnectionRefusedError');
    }
    expect(await reach(sandbox, 'http://169.254.169.254/')).toBe('ConnectionRefusedError');
    server.close();
  });

  it('leads nowhere when blocked', async () => {
    const sandbox = await engine.sandbox({ blockNetwork: true });
    expect(await reach(sandbox, `http://${stand.first}/`)).not.toContain('HTTP');
  });

  it('holds an allowlist, and a new one while the sandbox runs', async () => {
    const sandbox = await engine.sandbox({ outboundCidrAllowlist: [`${stand.first}/32`] });
    expect(await reach(sandbox, `http://${stand.first}/`)).toBe('HTTP 200');
    expect(await reach(sandbox, `http://${stand.second}/`)).toBe('ConnectionRefusedError');
    await sandbox.updateNetworkPolicy({ outboundCidrAllowlist: [`${stand.second}/32`], outboundDomainAllowlist: [] });
    expect(await reach(sandbox, `http://${stand.first}/`)).toBe('ConnectionRefusedError');
    expect(await reach(sandbox, `http://${stand.second}/`)).toBe('HTTP 200');
  });

  it('gives no raw sockets and no say over its own namespace', async () => {
    const sandbox = await engine.sandbox();
    for (const family of ['AF_PACKET', 'AF_INET']) {
      const raw = await run(sandbox, 'python3', '-c', `import socket; socket.socket(socket.${family}, socket.SOCK_RAW, 1)`);
      expect(raw.stderr).toMatch(/PermissionError|Function not implemented/);
    }
    const change = await run(sandbox, 'ip', 'addr', 'add', '203.0.113.99/32', 'dev', 'eth0');
    expect(change.code).not.toBe(0);
  });
});

describe('an outbound policy', () => {
  const CREATE_IF_MISSING = 1;

  /** Headers that the server outside got, or the name of the error. */
  async function headersAt(sandbox: Sandbox, url: string, { verify }: { verify: boolean } = { verify: true }): Promise<Record<string, string>> {
    const program = `
import json, ssl, sys, urllib.request
context = None if ${verify ? 1 : 0} else ssl._create_unverified_context()
request = urllib.request.Request(sys.argv[1], headers={'Authorization': 'mine', 'X-Kept': 'kept'})
print(urllib.request.urlopen(request, timeout=5, context=context).read().decode())`;
    const { stdout, stderr } = await run(sandbox, 'python3', '-c', program, url);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, string>;
  }

  it('puts secrets into requests to its domains, and into the sandbox no secret', async () => {
    await engine.client.cpClient.secretGetOrCreate({ deploymentName: 'api', envDict: { TOKEN: 's3cr3t' }, objectCreationType: CREATE_IF_MISSING });
    const secret = await engine.client.secrets.fromName('api');
    const policy = (authorization: string) => new ExperimentalOutboundPolicy().withHeaderReplacement({ domain: 'api.test', secret, headers: { Authorization: authorization } });
    const sandbox = await engine.sandbox({ experimentalOutboundPolicy: policy('Bearer $TOKEN for $$1') });
    expect(await headersAt(sandbox, 'https://api.test/headers')).toMatchObject({ authorization: 'Bearer s3cr3t for $1', 'x-kept': 'kept', host: 'api.test' });
    expect(await headersAt(sandbox, 'https://other.test/headers', { verify: false })).toMatchObject({ authorization: 'mine' });
    expect((await run(sandbox, 'sh', '-c', 'env; cat /proc/1/environ')).stdout).not.toContain('s3cr3t');

    await sandbox.experimentalUpdateOutboundPolicy(policy('Basic $TOKEN'));
    expect(await headersAt(sandbox, 'https://api.test/headers')).toMatchObject({ authorization: 'Basic s3cr3t' });
    const byNode = await run(sandbox, 'node', '-e', "fetch('https://api.test/headers').then((r) => r.text()).then(console.log)");
    expect(byNode.stdout).toContain('Basic s3cr3t');
  });

  it('lets nothing pass that the network policy does not permit', async () => {
    const policy = new ExperimentalOutboundPolicy().withHeaderReplacement({ domain: '*', headers: { 'X-Added': 'yes' } });
    const sandbox = await engine.sandbox({ experimentalOutboundPolicy: policy, outboundCidrAllowlist: [`${stand.second}/32`] });
    await expect(headersAt(sandbox, 'https://api.test/headers')).rejects.toThrow('502');
    await sandbox.updateNetworkPolicy({ outboundCidrAllowlist: [], outboundDomainAllowlist: ['api.test'] });
    expect(await headersAt(sandbox, 'https://api.test/headers')).toMatchObject({ 'x-added': 'yes' });
    // The name of another server on the address that api.test has opened.
    const program = `
import socket, ssl
context = ssl._create_unverified_context()
with context.wrap_socket(socket.create_connection(('${stand.first}', 443)), server_hostname='other.test') as s:
    s.sendall(b'GET /headers HTTP/1.0\\r\\nHost: other.test\\r\\n\\r\\n'); print(s.recv(9999))`;
    expect((await run(sandbox, 'python3', '-c', program)).stdout).not.toContain('200 OK');
  });

  it('is refused where it could not hold', async () => {
    const bad = (headers: Record<string, string>) =>
      engine.sandbox({ experimentalOutboundPolicy: new ExperimentalOutboundPolicy().withHeaderReplacement({ domain: 'api.test', headers }) });
    await expect(bad({ Host: 'evil.test' })).rejects.toThrow("'Host'");
    await expect(bad({ 'bad name': 'x' })).rejects.toThrow('bad name');
    const without = await engine.sandbox();
    const policy = new ExperimentalOutboundPolicy().withHeaderReplacement({ domain: 'api.test', headers: { A: 'b' } });
    await expect(without.experimentalUpdateOutboundPolicy(policy)).rejects.toThrow('created without an outbound policy');
  });
});
