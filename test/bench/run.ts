/** `npm run bench`: every benchmark in one process, ours against its peer in the same run. */
import { benchDecode } from './decode.bench.ts';
import { patternTable, scorePatterns } from './pattern.bench.ts';
import { benchTaint } from './taint.bench.ts';

for (const { name, ours, peer, ratio } of benchDecode()) {
  process.stdout.write(
    `decode  ${name}: ours ${ours.toFixed(1)}, peer ${peer.toFixed(1)}, ratio ${ratio.toFixed(2)}\n`,
  );
}
for (const { name, oursMs, peerMs, note } of benchTaint()) {
  const against = peerMs === null ? '' : `, naive ${peerMs.toFixed(0)} ms, ratio ${(peerMs / oursMs).toFixed(2)}`;
  process.stdout.write(`taint   ${name}: ours ${oursMs.toFixed(0)} ms${against} (${note})\n`);
}
for (const line of patternTable(scorePatterns())) process.stdout.write(`${line}\n`);
