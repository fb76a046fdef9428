import { expect, test } from 'vitest';

import { tunnelUrl } from './url.js';

const tunnels = {
  80: { url: 'https://abc.modal.host' },
  81: { url: 'https://abc.modal.host:8443', unencryptedHost: 'r1.modal.host', unencryptedPort: 40_000 },
};

test.each([
  [80, undefined, 'https://abc.modal.host'],
  [80, 'https', 'https://abc.modal.host'],
  [80, 'wss', 'wss://abc.modal.host'],
  [81, 'https', 'https://abc.modal.host:8443'],
  [81, 'http', 'http://r1.modal.host:40000'],
  [81, 'http:', 'http://r1.modal.host:40000'],
  [81, 'ws', 'ws://r1.modal.host:40000'],
  [81, 'tcp', 'tcp://r1.modal.host:40000'],
])('port %d, %s → %s', (port, protocol, url) => {
  expect(tunnelUrl(tunnels, port, protocol)).toBe(url);
});

test('what cannot be reached says how it could', () => {
  expect(() => tunnelUrl(tunnels, 80, 'tcp')).toThrow('Port 80 is open over TLS only, not for tcp');
  expect(() => tunnelUrl(tunnels, 82)).toThrow('Port 82 is not open; open are 80, 81');
  expect(() => tunnelUrl(tunnels, 80, 'gopher')).toThrow("protocol must be one of https, http, wss, ws, tcp, got 'gopher'");
});
