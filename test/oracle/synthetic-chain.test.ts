/** The synthetic chain keeps its promises: exact amounts, honest spends, same bytes for the same seed, planted truth that is there. */
import assert from 'node:assert/strict';
import {
  isSyntheticExchange,
  SYNTHETIC_SUBSIDY_SAT,
  type SyntheticChain,
  syntheticChain,
  syntheticDigest,
} from '../support/synthetic-chain.ts';

const SIZE = 100_000;

function outputsOf(chain: SyntheticChain, tx: number): number[] {
  const first = chain.firstOutput[tx]!;
  return Array.from({ length: chain.firstOutput[tx + 1]! - first }, (_, vout) => first + vout);
}

function inputsOf(chain: SyntheticChain, tx: number): number[] {
  return [...chain.inputOutput.subarray(chain.firstInput[tx]!, chain.firstInput[tx + 1]!)];
}

function ownerOf(chain: SyntheticChain, output: number): number {
  const address = chain.outputAddress[output]!;
  return address < 0 ? -1 : chain.truth.entityOfAddress[address]!;
}

describe('synthetic chain', function () {
  this.timeout(20_000);
  let chain: SyntheticChain;
  /** Transaction that makes each output. */
  let maker: Int32Array;

  before(() => {
    chain = syntheticChain({ transactions: SIZE, seed: 1 });
    maker = new Int32Array(chain.outputValueSat.length);
    for (let tx = 0; tx < SIZE; tx += 1) maker.fill(tx, chain.firstOutput[tx]!, chain.firstOutput[tx + 1]!);
  });

  it('same seed same digest, another seed another', () => {
    const digest = (seed: number) => syntheticDigest(syntheticChain({ transactions: 5000, seed }));
    assert.equal(digest(1), digest(1));
    assert.notEqual(digest(1), digest(2));
    assert.throws(() => syntheticChain({ transactions: 999, seed: 1 }), RangeError);
  });

  it('columns have their lengths, coinbases close their blocks', () => {
    assert.equal(chain.transactionCount, SIZE);
    assert.equal(chain.height.length, SIZE);
    assert.equal(chain.firstInput[SIZE], chain.inputOutput.length);
    assert.equal(chain.firstOutput[SIZE], chain.spenderTx.length);
    assert.equal(chain.truth.entityOfAddress.length, chain.addressCount);
    for (let tx = 0; tx < SIZE; tx += 1) {
      const last = tx + 1 === SIZE || chain.height[tx + 1]! === chain.height[tx]! + 1;
      assert.equal(chain.coinbase[tx], last ? 1 : 0, `transaction ${tx}`);
    }
  });

  it('every input spends an earlier, spendable, unspent output at its value', () => {
    const spent = new Uint8Array(chain.spenderTx.length);
    for (let tx = 0; tx < SIZE; tx += 1) {
      for (let input = chain.firstInput[tx]!; input < chain.firstInput[tx + 1]!; input += 1) {
        const output = chain.inputOutput[input]!;
        const sound = output < chain.firstOutput[tx]! && spent[output] === 0 && chain.outputFlags[output] === 0;
        assert.ok(sound && chain.spenderTx[output] === tx, `transaction ${tx} output ${output}`);
        assert.equal(chain.inputValueSat[input], chain.outputValueSat[output]);
        const matured =
          chain.coinbase[maker[output]!] === 0 || chain.height[tx]! >= chain.height[maker[output]!]! + 100;
        assert.ok(matured, `transaction ${tx} spends a coinbase too soon`);
        spent[output] = 1;
      }
    }
    chain.spenderTx.forEach((spender, output) => {
      assert.equal(spender >= 0, spent[output] === 1);
    });
  });

  it('outputs and fees are inputs, coinbases take subsidy and fees, the supply is the subsidies', () => {
    let fees = 0;
    for (let tx = 0; tx < SIZE; tx += 1) {
      const values = outputsOf(chain, tx).map((output) => chain.outputValueSat[output]!);
      assert.ok(values.every((value) => Number.isSafeInteger(value) && value >= 0));
      const made = values.reduce((sum, value) => sum + value, 0);
      if (chain.coinbase[tx] === 1) {
        assert.equal(made, SYNTHETIC_SUBSIDY_SAT + fees);
        fees = 0;
      } else {
        const taken = inputsOf(chain, tx).reduce((sum, output) => sum + chain.outputValueSat[output]!, 0);
        assert.ok(taken > made, `transaction ${tx} pays no fee`);
        fees += taken - made;
      }
    }
    const unspent = chain.outputValueSat.reduce((sum, value, o) => (chain.spenderTx[o]! < 0 ? sum + value : sum), 0);
    assert.equal(unspent, SYNTHETIC_SUBSIDY_SAT * (chain.height[SIZE - 1]! + 1));
  });

  it('degrees lie where the real chain has them', () => {
    const rows = Array.from(
      { length: SIZE },
      (_, tx) => [inputsOf(chain, tx).length, outputsOf(chain, tx).length] as const,
    );
    const share = (test: (row: readonly [number, number]) => boolean) => rows.filter(test).length / SIZE;
    const counts = {
      inputs: chain.inputOutput.length / SIZE,
      outputs: chain.outputValueSat.length / SIZE,
      oneInput: share(([inputs]) => inputs === 1),
      twoOutputs: share(([, outputs]) => outputs === 2),
      manyInputs: share(([inputs]) => inputs >= 50),
      manyOutputs: share(([, outputs]) => outputs >= 50),
      unspendable: chain.outputFlags.reduce((sum, flag) => sum + flag, 0) / SIZE,
    };
    process.stdout.write(`      per transaction: ${JSON.stringify(counts)}\n`);
    const ranges: Record<keyof typeof counts, readonly [number, number]> = {
      inputs: [1.8, 2.3],
      outputs: [2.2, 2.8],
      oneInput: [0.6, 0.78],
      twoOutputs: [0.6, 0.8],
      manyInputs: [0.001, 0.01],
      manyOutputs: [0.001, 0.01],
      unspendable: [0.015, 0.025],
    };
    for (const [name, [low, high]] of Object.entries(ranges)) {
      const found = counts[name as keyof typeof counts];
      assert.ok(found >= low && found <= high, `${name} ${found}`);
    }
  });

  it('ages of spent outputs spread over all magnitudes', () => {
    const decades = [0, 0, 0, 0, 0];
    for (let tx = 0; tx < SIZE; tx += 1) {
      for (const output of inputsOf(chain, tx)) {
        const age = chain.firstOutput[tx]! - output;
        decades[Math.min(4, Math.floor(Math.log10(age)))]! += 1;
      }
    }
    const inputs = decades.reduce((sum, count) => sum + count, 0);
    process.stdout.write(`      inputs by decade of age: ${decades.join(' ')}\n`);
    assert.ok(decades.every((count) => count > inputs * 0.03));
  });

  it('the theft takes from exchange 0 and is peeled 40 times by one thief', () => {
    const { truth } = chain;
    const [loot] = truth.theftOutputs;
    assert.equal(truth.theftOutputs.length, 1);
    assert.equal(maker[loot!], truth.theftTransaction);
    assert.ok(truth.theftTransaction >= SIZE / 10 && truth.theftTransaction < SIZE / 9);
    for (const output of inputsOf(chain, truth.theftTransaction)) assert.equal(ownerOf(chain, output), 0);
    const thief = ownerOf(chain, loot!);
    assert.ok(!isSyntheticExchange(thief));
    assert.equal(truth.theftPeelTransactions.length, 40);
    let remainder = loot!;
    for (const tx of truth.theftPeelTransactions) {
      assert.equal(chain.spenderTx[remainder], tx);
      assert.deepEqual(inputsOf(chain, tx), [remainder]);
      const kept = outputsOf(chain, tx).filter((output) => ownerOf(chain, output) === thief);
      assert.equal(kept.length, 1);
      remainder = kept[0]!;
    }
    assert.equal(chain.spenderTx[remainder], -1);
  });

  it('peels, coinjoins and exchange addresses are what they are said to be', () => {
    const { truth } = chain;
    assert.ok(truth.theftPeelTransactions.every((tx) => truth.peelTransactions.includes(tx)));
    for (const tx of truth.peelTransactions) {
      assert.equal(inputsOf(chain, tx).length, 1);
      assert.equal(outputsOf(chain, tx).filter((output) => chain.outputFlags[output] === 0).length, 2);
    }
    for (const tx of truth.coinjoinTransactions) {
      const owners = new Set(inputsOf(chain, tx).map((output) => ownerOf(chain, output)));
      assert.equal(owners.size, inputsOf(chain, tx).length);
      assert.ok(owners.size >= 5 && owners.size <= 47);
      const values = outputsOf(chain, tx).map((output) => chain.outputValueSat[output]!);
      assert.ok(values.slice(0, owners.size).every((value) => value === values[0]));
    }
    const { exchangeHotAddresses: hot, exchangeDepositAddresses: deposit, entityOfAddress } = truth;
    for (const address of [...hot, ...deposit]) assert.ok(isSyntheticExchange(entityOfAddress[address]!));
    assert.equal(new Set([...hot, ...deposit]).size, hot.length + deposit.length);
    const ofExchanges = entityOfAddress.reduce((count, entity) => count + (isSyntheticExchange(entity) ? 1 : 0), 0);
    assert.equal(ofExchanges, hot.length + deposit.length);
    const planted = [truth.peelTransactions, truth.coinjoinTransactions, deposit].map(({ length }) => length);
    process.stdout.write(`      peel hops, coinjoins, deposit addresses: ${planted.join(' ')}\n`);
  });

  it('with dust attacks: 40 to 150 parts of at most 1,000 satoshi to addresses seen before, by one payer; some is spent with more, by its owner', () => {
    const dusted = syntheticChain({ transactions: 10_000, seed: 1, dustAttacks: true });
    const attacks = dusted.truth.dustTransactions ?? [];
    assert.ok(attacks.length >= 10, `${attacks.length} attacks`);
    assert.equal(chain.truth.dustTransactions, undefined);
    let spentWithMore = 0;
    for (const tx of attacks) {
      const [payer] = inputsOf(dusted, tx);
      const outputs = outputsOf(dusted, tx).filter((output) => dusted.outputFlags[output] === 0);
      const [change] = outputs.splice(outputs.length - 1);
      assert.equal(ownerOf(dusted, change!), ownerOf(dusted, payer!));
      // A target drawn among unspendable outputs has no address and is left out.
      assert.ok(outputs.length > 30 && outputs.length <= 150, `${outputs.length} parts`);
      for (const output of outputs) {
        const valueSat = dusted.outputValueSat[output]!;
        assert.ok(valueSat >= 546 && valueSat <= 1000);
        const seen = dusted.outputAddress.indexOf(dusted.outputAddress[output]!);
        assert.ok(seen < dusted.firstOutput[tx]!, 'an address seen before');
        const spender = dusted.spenderTx[output]!;
        if (spender >= 0) spentWithMore += Number(inputsOf(dusted, spender).length > 1);
      }
    }
    assert.ok(spentWithMore > 100, `${spentWithMore} spent with more`);
    const mixed = new Set(dusted.truth.coinjoinTransactions);
    for (let tx = 0; tx < dusted.transactionCount; tx += 1)
      if (!mixed.has(tx)) assert.ok(new Set(inputsOf(dusted, tx).map((output) => ownerOf(dusted, output))).size <= 1);
  });

  it('but for coinjoins, inputs of one transaction have one owner', () => {
    const mixed = new Set(chain.truth.coinjoinTransactions);
    for (let tx = 0; tx < SIZE; tx += 1) {
      const owners = new Set(inputsOf(chain, tx).map((output) => ownerOf(chain, output)));
      assert.ok(owners.size <= 1 || mixed.has(tx), `transaction ${tx}`);
    }
  });
});
