// The built service in a process of its own, so that a test can kill it. Arguments: case file, options as JSON. Prints its port; ends on SIGTERM.
import { serve } from '#built/api/index.js';

const [caseFile, given] = process.argv.slice(2);
const { workerFile, ...options } = JSON.parse(given);
const service = await serve({
  caseFile,
  ...options,
  ...(workerFile === undefined ? {} : { workerFile: new URL(workerFile) }),
});
process.stdout.write(`${service.port}\n`);
process.once('SIGTERM', () => void service.stop());
