/**
 * The synthetic chain as facts for clustering, with wallets: each owner has a script type, a habit of lock times and
 * sizes that fit the type. Owners are known, so error rates can be counted.
 */
import { type ClusterFacts, FactsBuilder, SCRIPT_TYPES } from '../../src/cluster/index.ts';
import { addressFromCodec, NONE } from '../../src/ledger/index.ts';
import type { SyntheticChain } from './synthetic-chain.ts';

/** Facts, and the owner of each member. */
export interface KnownFacts {
  readonly facts: ClusterFacts;
  readonly owner: Int32Array;
}

const WALLET_TYPES = ['p2pkh', 'p2sh', 'p2wpkh'] as const;
const OP_RETURN = SCRIPT_TYPES.indexOf('op_return');
/** Virtual bytes of an input and an output by wallet type, about as real ones. */
const INPUT_VB = { p2pkh: 148, p2sh: 91, p2wpkh: 68 };
const OUTPUT_VB = 33;

/** Facts of a synthetic chain. */
export function syntheticFacts(chain: SyntheticChain): KnownFacts {
  const builder = new FactsBuilder();
  const owners: number[] = [];
  const { entityOfAddress } = chain.truth;
  const makerOf = new Int32Array(chain.outputAddress.length);
  for (let tx = 0; tx < chain.transactionCount; tx += 1)
    makerOf.fill(tx, chain.firstOutput[tx], chain.firstOutput[tx + 1]);
  const member = (address: number): number => {
    if (address < 0) return NONE;
    const number = builder.member(addressFromCodec(`s${address}`));
    owners[number] = entityOfAddress[address];
    return number;
  };
  const typeOf = (address: number): number =>
    address < 0 ? OP_RETURN : SCRIPT_TYPES.indexOf(WALLET_TYPES[entityOfAddress[address] % WALLET_TYPES.length]);
  for (let tx = 0; tx < chain.transactionCount; tx += 1) {
    const spent = [...chain.inputOutput.subarray(chain.firstInput[tx], chain.firstInput[tx + 1])];
    const inputs = spent.map((output) => {
      const address = chain.outputAddress[output];
      const valueSat = chain.outputValueSat[output];
      return { member: member(address), valueSat, type: typeOf(address), maker: makerOf[output] };
    });
    const outputs = [];
    for (let output = chain.firstOutput[tx]; output < chain.firstOutput[tx + 1]; output += 1) {
      const address = chain.outputAddress[output];
      outputs.push({
        member: member(address),
        valueSat: chain.outputValueSat[output],
        type: typeOf(address),
        unspendable: chain.outputFlags[output] === 1,
        spender: chain.spenderTx[output],
      });
    }
    const payer = spent.length === 0 ? 0 : entityOfAddress[chain.outputAddress[spent[0]]];
    const sizeVb =
      11 + inputs.length * INPUT_VB[WALLET_TYPES[payer % WALLET_TYPES.length]] + outputs.length * OUTPUT_VB;
    // Half of all wallets set a lock time against fee sniping, as Bitcoin Core does.
    const lockTime = payer % 2 === 0 ? chain.height[tx] + 1 : 0;
    builder.add({ coinbase: chain.coinbase[tx] === 1, height: chain.height[tx], lockTime, sizeVb }, inputs, outputs);
  }
  return { facts: builder.done(), owner: Int32Array.from(owners) };
}
