// A thread of the service without a case: answers a screening from its subject alone, so that a test knows what every answer must be. The customer
// reference says how: "sleep N" takes N milliseconds, "fail" is refused, "break" is a bug, "exit" ends the thread, "alert" gives rise to an alert.
import { parentPort } from 'node:worker_threads';

const held = new Int32Array(new SharedArrayBuffer(4));

function answer({ verb, args }) {
  if (verb === 'ready') return { ok: true, text: 'true', alerts: [] };
  if (verb !== 'screen') return { ok: true, text: JSON.stringify({ verb }), alerts: [] };
  const { subject, customer_ref = '' } = args;
  const [word, number] = customer_ref.split(' ');
  if (word === 'sleep') Atomics.wait(held, 0, 0, Number(number));
  if (word === 'exit') process.exit(1);
  const refused = { ok: false, place: { field: 'subject' }, hint: null, unexpected: null };
  if (word === 'fail') return { ...refused, code: 'SUBJECT_INVALID', message: 'not a subject' };
  if (word === 'break') return { ...refused, code: 'UNEXPECTED', message: 'secret detail', unexpected: 'stack' };
  const text = JSON.stringify({
    schema: 'spoor.screening/1',
    echo: subject.address ?? subject.txid,
    ref: customer_ref,
  });
  const alerts =
    word === 'alert'
      ? [
          {
            key: `rule|${subject.address}`,
            kind: 'rule',
            level: 'severe',
            subject: subject.address,
            content: { rule: 'r' },
          },
        ]
      : [];
  return { ok: true, text, alerts };
}

parentPort.on('message', (jobs) => parentPort.postMessage(jobs.map(answer)));
