import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reachability } from './reachability.js';
import { endpointsOf, readRegistryConfig, registriesConf } from './registry-config.js';

let state: string;
beforeEach(() => void (state = mkdtempSync(join(tmpdir(), 'modal-local-config-'))));
afterEach(() => rmSync(state, { recursive: true, force: true }));

describe('the configuration of registries', () => {
  it('comes from a file and from the environment', async () => {
    writeFileSync(join(state, 'registries.json'), JSON.stringify({ mirrors: { 'docker.io': ['mirror.lan:5000/hub'] }, insecure: ['mirror.lan:5000'] }));
    const config = await readRegistryConfig(state, { MODAL_LOCAL_REGISTRY_MIRRORS: 'docker.io=127.0.0.1:5001', MODAL_LOCAL_INSECURE_REGISTRIES: 'other.lan' });
    expect(endpointsOf(config, 'docker.io')).toEqual([
      { location: 'mirror.lan:5000/hub', insecure: true },
      { location: '127.0.0.1:5001', insecure: true },
      { location: 'docker.io', insecure: false },
    ]);
    expect(endpointsOf(config, 'other.lan')).toEqual([{ location: 'other.lan', insecure: true }]);
    expect(registriesConf('docker.io', endpointsOf(config, 'docker.io'))).toContain('[[registry.mirror]]\nlocation = "127.0.0.1:5001"\ninsecure = true\n');
  });

  it('that cannot be used is an error that says where', async () => {
    writeFileSync(join(state, 'registries.json'), '{"mirror": {}}');
    await expect(readRegistryConfig(state, {})).rejects.toThrow(/registries\.json cannot be used: .*mirror/s);
    rmSync(join(state, 'registries.json'));
    await expect(readRegistryConfig(state, { MODAL_LOCAL_REGISTRY_MIRRORS: 'docker.io' })).rejects.toThrow('expected REGISTRY=MIRROR');
  });
});

describe('a registry that does not answer', () => {
  const endpoint = (location: string) => [{ location, insecure: true }];

  it('is found out at once, and remembered', async () => {
    const reachability = new Reachability({});
    const problem = await reachability.problem('127.0.0.1:1', endpoint('127.0.0.1:1'));
    expect(problem).toContain('127.0.0.1:1 cannot be reached (ECONNREFUSED)');
    expect(reachability.remembered('127.0.0.1:1')).toBe(problem);
    expect(reachability.remembered('other')).toBeUndefined();
  });

  it('is looked for behind the proxy of the environment, save where it is exempt', async () => {
    const reachability = new Reachability({ HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'exempt.invalid' });
    expect(await reachability.problem('docker.io', endpoint('docker.io'))).toContain('127.0.0.1:1 cannot be reached');
    expect(await reachability.problem('a.exempt.invalid', endpoint('a.exempt.invalid'))).toContain('a.exempt.invalid:443');
  });
});
