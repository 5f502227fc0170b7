/** `npm run bench`: every benchmark in one process, ours against its peer in the same run. With a name (decode, taint, rules, flat, cluster, pattern) only that one. */
import { existsSync } from 'node:fs';
import { sharedData } from '../support/shared-data.ts';
import { benchAllRules } from './all-rules.bench.ts';
import { benchAccuracy, benchCluster } from './cluster.bench.ts';
import { benchDecode } from './decode.bench.ts';
import { benchFlat } from './flat.bench.ts';
import { patternTable, scorePatterns } from './pattern.bench.ts';
import { benchTaint } from './taint.bench.ts';

const only = process.argv[2];
const asked = (name: string): boolean => only === undefined || only === name;

if (asked('decode')) {
  for (const { name, ours, peer, ratio } of benchDecode()) {
    process.stdout.write(
      `decode  ${name}: ours ${ours.toFixed(1)}, peer ${peer.toFixed(1)}, ratio ${ratio.toFixed(2)}\n`,
    );
  }
}
if (asked('taint')) {
  for (const { name, oursMs, peerMs, note } of benchTaint()) {
    const against = peerMs === null ? '' : `, naive ${peerMs.toFixed(0)} ms, ratio ${(peerMs / oursMs).toFixed(2)}`;
    process.stdout.write(`taint   ${name}: ours ${oursMs.toFixed(0)} ms${against} (${note})\n`);
  }
}
if (asked('rules')) {
  for (const { name, cpuMs, note } of benchAllRules()) {
    process.stdout.write(`rules   ${name}: ${cpuMs.toFixed(0)} ms of CPU (${note})\n`);
  }
}
if (asked('flat')) {
  for (const { transactions, rule, touched, usEach } of benchFlat()) {
    process.stdout.write(
      `flat    ${rule}, ${transactions} transactions: ${touched} touched, ${usEach.toFixed(1)} us of CPU each\n`,
    );
  }
}
if (asked('cluster')) {
  for (const { name, oursMs, peerMs, note } of benchCluster()) {
    const against = peerMs === null ? '' : `, naive ${peerMs.toFixed(0)} ms, ratio ${(peerMs / oursMs).toFixed(1)}`;
    process.stdout.write(`cluster ${name}: ours ${oursMs.toFixed(0)} ms${against} (${note})\n`);
  }
  for (const rate of benchAccuracy(100_000)) process.stdout.write(`cluster ${JSON.stringify(rate)}\n`);
}
if (asked('pattern')) {
  if (existsSync(sharedData('coinjoin-mainnet')))
    for (const line of patternTable(scorePatterns())) process.stdout.write(`${line}\n`);
  else process.stderr.write('pattern left out: the labelled coinjoins are not there (shared/data/coinjoin-mainnet)\n');
}
