// The servers of the tests' internet: HTTP on port 80 and HTTPS on 443 (`/` says which address answered, `/headers`
// what it was asked with; `/stream` never ends), DNS on port 53 for the zone in argv.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { decode, encode } from 'dns-packet';

const { zone, tls } = JSON.parse(process.argv[2]);

const http = createServer(answer);
const https = createSecureServer(tls ?? {}, answer);

function answer(request, response) {
  if (request.url === '/headers') return response.end(JSON.stringify(request.headers));
  if (request.url === '/stream') {
    const timer = setInterval(() => response.write('tick\n'), 20);
    response.on('close', () => clearInterval(timer));
    return;
  }
  response.end(`${request.socket.localAddress} to ${request.socket.remoteAddress}`);
}

const dns = createSocket('udp4');
dns.on('message', (message, { address, port }) => {
  const query = decode(message);
  const [question] = query.questions;
  const data = question.type === 'A' ? zone[question.name.toLowerCase()] : undefined;
  const answers = data === undefined ? [] : [{ type: 'A', name: question.name, ttl: 30, data }];
  const flags = zone[question.name.toLowerCase()] === undefined ? 3 : 0;
  dns.send(encode({ type: 'response', id: query.id, flags, questions: [question], answers }), port, address);
});

http.listen(80, '0.0.0.0', () => https.listen(443, '0.0.0.0', () => dns.bind(53, '0.0.0.0', () => console.log('ready'))));
