// Whether a registry answers at all. Asked before a transfer, so that a machine without a way out learns it in
// moments, and remembered, so that it learns it once.

import { connect } from 'node:net';
import { hostOf, type RegistryEndpoint } from './registry-config.js';

const CONNECT_TIMEOUT_MS = 2_500;
const REMEMBERED_MS = 5 * 60_000;

export class Reachability {
  readonly #unreachable = new Map<string, { reason: string; /** By `performance.now`. */ until: number }>();

  constructor(private readonly environment: NodeJS.ProcessEnv = process.env) {}

  /** Why none of the endpoints answers, as far as it is remembered; undefined when it has to be tried. */
  remembered(registry: string): string | undefined {
    const known = this.#unreachable.get(registry);
    if (known === undefined) return undefined;
    if (known.until > performance.now()) return known.reason;
    this.#unreachable.delete(registry);
    return undefined;
  }

  /** Why none of the endpoints answers; undefined when one does. */
  async problem(registry: string, endpoints: readonly RegistryEndpoint[]): Promise<string | undefined> {
    const known = this.remembered(registry);
    if (known !== undefined) return known;
    const attempts = await Promise.all(endpoints.map(({ location }) => this.#attempt(hostOf(location))));
    if (attempts.includes(undefined)) return undefined;
    const reason = attempts.join('; ');
    this.remember(registry, reason);
    return reason;
  }

  remember(registry: string, reason: string): void {
    this.#unreachable.set(registry, { reason, until: performance.now() + REMEMBERED_MS });
  }

  async #attempt(registry: string): Promise<string | undefined> {
    const { host, port } = this.#gateway(registry);
    return await new Promise((resolve) => {
      const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
      const settle = (problem: string | undefined) => {
        socket.destroy();
        resolve(problem);
      };
      socket.once('connect', () => settle(undefined));
      socket.once('timeout', () => settle(`${host}:${port} does not answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
      socket.once('error', (error: NodeJS.ErrnoException) => settle(`${host}:${port} cannot be reached (${error.code ?? error.message})`));
    });
  }

  /** The registry's own address, or that of the proxy that stands before it. */
  #gateway(registry: string): { host: string; port: number } {
    const own = new URL(`https://${registry === 'docker.io' ? 'registry-1.docker.io' : registry}`);
    const proxy = this.#proxyFor(own.hostname);
    if (proxy !== undefined) return { host: bare(proxy.hostname), port: Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80) };
    return { host: bare(own.hostname), port: Number(own.port) || 443 };
  }

  #proxyFor(hostname: string): URL | undefined {
    const variable = (name: string): string | undefined => this.environment[name] || this.environment[name.toUpperCase()];
    const proxy = variable('https_proxy') ?? variable('http_proxy');
    if (proxy === undefined || /^(?:localhost|127\.|\[::1\])/.test(hostname)) return undefined;
    const exempt = (variable('no_proxy') ?? '').split(',').map((name) => name.trim().replace(/^\*?\./, ''));
    if (exempt.some((name) => name === '*' || (name !== '' && (hostname === name || hostname.endsWith(`.${name}`))))) return undefined;
    return URL.canParse(proxy) ? new URL(proxy) : undefined;
  }
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
