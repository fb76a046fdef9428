import { expect, it } from 'vitest';

import { checkPlacement } from './placement.js';

it.each(['us', 'eu', 'ap', 'us-east', 'eu-west', 'us-east-1', 'ap-southeast-2', 'us-central1', 'europe-west4', 'us-ashburn-1', 'uk-london-1'])(
  'takes the region %s',
  (region) => expect(() => checkPlacement({ regions: [region] })).not.toThrow(),
);

it.each(['mars', 'us-est-1', 'US East', 'us_east_1', ''])('refuses the region %o by name', (region) => {
  expect(() => checkPlacement({ regions: ['us', region] })).toThrow(`region: '${region}' is no region of Modal`);
});

it('knows the clouds', () => {
  for (const cloud of ['aws', 'gcp', 'oci', 'auto']) expect(() => checkPlacement({ cloud, regions: [] })).not.toThrow();
  expect(() => checkPlacement({ cloud: 'ibm', regions: [] })).toThrow("cloud: 'ibm' is no cloud provider of Modal; it has aws, gcp, oci, auto");
});
