/**
 * Random facts for clustering: few members, many ways to spend together, coinjoins, unknown signers, identities. Same
 * seed, same facts.
 */
import { type ClusterFacts, type FactOutput, FactsBuilder } from '../../src/cluster/index.ts';
import { addressFromCodec, NONE } from '../../src/ledger/index.ts';
import { graphsOfLaw } from './graph-count.ts';
import type { Prng } from './prng.ts';

/**
 * How many random ledgers each of the laws 17 to 21 is tried on, and their seed: 500, or SPOOR_LAWS of them; SPOOR_SEED.
 */
export function graphsPerLaw(): { graphs: number; seed: number } {
  const graphs = graphsOfLaw(500);
  return { graphs, seed: Number(process.env.SPOOR_SEED ?? 5) };
}

const TYPES = [1, 2, 3];

/**
 * Facts of about `transactions` transactions; every input spends an earlier output, so spenders and makers fit each
 * other.
 */
export function randomFacts(prng: Prng, transactions = 12): ClusterFacts {
  const builder = new FactsBuilder();
  const memberType: number[] = [];
  const outputs: Array<FactOutput & { tx: number }> = [];
  const open: number[] = [];
  const drafts: Array<{ inputs: number[]; outputs: number[]; lockTime: number; height: number }> = [];
  const owner = (): number => {
    const fresh = memberType.length === 0 || prng.chance(0.5);
    const member = fresh ? memberType.length : prng.int(memberType.length);
    if (fresh) memberType.push(prng.pick(TYPES));
    return member;
  };
  for (let tx = 0; tx < transactions; tx += 1) {
    const inputs: number[] = [];
    for (let wanted = prng.chance(0.3) ? 0 : prng.between(1, 4); wanted > 0 && open.length > 0; wanted -= 1)
      inputs.push(...open.splice(prng.int(open.length), 1));
    const equal = prng.chance(0.2) ? 5000 : 0;
    const made: number[] = [];
    for (let vout = prng.between(1, 5); vout > 0; vout -= 1) {
      const nobody = prng.chance(0.08);
      const member = nobody ? NONE : owner();
      const valueSat =
        equal > 0 && prng.chance(0.8) ? equal : prng.chance(0.2) ? 1_000_000 : prng.between(3000, 90_000);
      const type = nobody ? 9 : memberType[member];
      made.push(outputs.push({ member, valueSat, type, unspendable: nobody, spender: NONE, tx }) - 1);
      if (!nobody) open.push(made[made.length - 1]);
    }
    for (const output of inputs) outputs[output] = { ...outputs[output], spender: tx };
    drafts.push({ inputs, outputs: made, lockTime: prng.chance(0.5) ? 0 : 100 + tx, height: 100 + tx });
  }
  for (let member = 0; member < memberType.length; member += 1) builder.member(addressFromCodec(`member ${member}`));
  for (const draft of drafts) {
    const { lockTime, height } = draft;
    builder.add(
      { coinbase: draft.inputs.length === 0, height, lockTime, sizeVb: 100 * prng.between(1, 3) },
      draft.inputs.map((output) => {
        const { member, valueSat, type, tx } = outputs[output];
        return { member: prng.chance(0.03) ? NONE : member, valueSat, type, maker: tx };
      }),
      draft.outputs.map((output) => outputs[output]),
    );
  }
  for (let count = prng.chance(0.3) ? prng.between(1, 2) : 0; count > 0 && memberType.length > 1; count -= 1) {
    const b = prng.between(1, memberType.length - 1);
    builder.identities.push({ kind: prng.pick(['same-key', 'nested-script']), a: prng.int(b), b, tx: 0 });
  }
  return builder.done();
}
