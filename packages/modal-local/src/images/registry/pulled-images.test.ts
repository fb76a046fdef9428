import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EMPTY_IMAGE_CONFIG, type RootImage } from '../driver.js';
import { LayerStore } from '../layers/layer-store.js';
import { PulledImages } from './pulled-images.js';

const DIGEST = 'a'.repeat(64);
const image: RootImage = { layers: [], config: { ...EMPTY_IMAGE_CONFIG, exposedPorts: ['80/tcp'], shell: ['/bin/sh', '-c'] }, host: false };

describe('what is known of pulled images', () => {
  let stateDir: string;
  let pulled: PulledImages;
  const record = () => join(stateDir, 'pulled', `${DIGEST}.json`);

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'pulled-'));
    pulled = new PulledImages(stateDir, new LayerStore(stateDir));
  });
  afterEach(() => rmSync(stateDir, { recursive: true }));

  it('is found again, as long as the layers are there', async () => {
    expect(await pulled.find(DIGEST)).toBeUndefined();
    await pulled.add(DIGEST, image);
    expect(await pulled.find(DIGEST)).toEqual(image);
    await pulled.add(DIGEST, { ...image, layers: ['aaaaaaaa'] });
    expect(await pulled.find(DIGEST)).toBeUndefined();
  });

  it.each([
    ['is cut short', () => truncateSync(record(), 20)],
    ['is empty', () => truncateSync(record())],
    ['says something else', () => writeFileSync(record(), '{"layers":[1]}')],
  ])('is fetched again when its record %s', async (_what, damage) => {
    await pulled.add(DIGEST, image);
    damage();
    expect(await pulled.find(DIGEST)).toBeUndefined();
    await pulled.add(DIGEST, image);
    expect(await pulled.find(DIGEST)).toEqual(image);
  });

  it('may be found out by several pulls at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => pulled.add(DIGEST, image)));
    expect(readdirSync(join(stateDir, 'pulled'))).toEqual([`${DIGEST}.json`]);
  });
});
