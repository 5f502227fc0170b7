// The least a JSON endpoint can be on node:http, for ratios: reads a body, parses it, answers JSON of the size of ours. Prints its port.
import { createServer } from 'node:http';

const filler = 'x'.repeat(180);
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const asked = parts.length === 0 ? null : JSON.parse(Buffer.concat(parts).toString('utf8'));
    const text = JSON.stringify({ echo: asked?.subject?.address ?? null, filler });
    response
      .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.once('SIGTERM', () => process.exit(0));
