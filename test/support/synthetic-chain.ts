/**
 * A big chain with known truth, in columns.
 * Claim: deterministic (same parameters, same bytes), every input spends an unspent output of an earlier transaction, amounts are exact
 * integers. Source: mix and shapes of performance.md section 3. Parameters: transactions (1000 up), seed. Cost: some 2 s and 200 MB per
 * million transactions. Fails when: used as a likeness of the real chain; exchanges mix fast here, and there are too many unspent outputs.
 */
import { createHash } from 'node:crypto';
import { Prng } from './prng.ts';
import { SyntheticActors } from './synthetic-behaviour.ts';
import { EXCHANGES, entityOfPocket, pocketsFor } from './synthetic-cast.ts';
import { SyntheticWriter } from './synthetic-writer.ts';

/** New coins per block in satoshi. */
export const SYNTHETIC_SUBSIDY_SAT = 50 * 100_000_000;

/** What the generator knows about its own chain. Numbers of transactions, outputs and addresses; lists ascend unless said otherwise. */
export interface SyntheticTruth {
  /** The outputs that hold the loot when it is stolen: the seeds of a trace. */
  readonly theftOutputs: number[];
  readonly theftTransaction: number;
  /** The 40 hops that peel the loot, in order. */
  readonly theftPeelTransactions: number[];
  /** Hops of all peel chains, those of the loot included. */
  readonly peelTransactions: number[];
  readonly coinjoinTransactions: number[];
  /** Dust attacks; only in chains that have them. */
  readonly dustTransactions?: number[];
  readonly exchangeHotAddresses: number[];
  readonly exchangeDepositAddresses: number[];
  /** Owner of each address; exchanges are entities 0 to 19. */
  readonly entityOfAddress: Int32Array;
}

/**
 * A chain in columns, in total order, coinbase last in its block. Inputs of transaction t are `firstInput[t]` up to `firstInput[t + 1]`,
 * its outputs `firstOutput[t]` up to `firstOutput[t + 1]`; an output is named by its place in the output columns.
 */
export interface SyntheticChain {
  readonly transactionCount: number;
  readonly addressCount: number;
  readonly height: Uint32Array;
  /** 1 for a coinbase, which has no inputs and claims `SYNTHETIC_SUBSIDY_SAT` and all fees of its block. */
  readonly coinbase: Uint8Array;
  readonly firstInput: Uint32Array;
  /** Output spent; never -1 here, but readers of the columns know -1 as a prevout from outside. */
  readonly inputOutput: Int32Array;
  readonly inputValueSat: Float64Array;
  readonly firstOutput: Uint32Array;
  readonly outputValueSat: Float64Array;
  /** -1 for an output without address. */
  readonly outputAddress: Int32Array;
  /** Bit 1: unspendable. */
  readonly outputFlags: Uint8Array;
  /** Spending transaction, -1 when unspent. */
  readonly spenderTx: Int32Array;
  readonly truth: SyntheticTruth;
}

/** Makes a chain of exactly this many transactions, coinbases included; throws RangeError below 1000. */
export function syntheticChain(size: {
  readonly transactions: number;
  readonly seed: number;
  /** Attackers dust addresses that were used before; default false. */
  readonly dustAttacks?: boolean;
}): SyntheticChain {
  const { transactions, dustAttacks = false } = size;
  if (!Number.isSafeInteger(transactions) || transactions < 1000) {
    throw new RangeError(`synthetic chain: ${transactions} transactions, at least 1000 are needed`);
  }
  const users = Math.max(100, Math.ceil(transactions / 8));
  const prng = Prng.fromSeed(size.seed);
  const writer = new SyntheticWriter(transactions, pocketsFor(users));
  const actors = new SyntheticActors(prng, writer, { users, transactions, dustAttacks });
  const quietBlocks = Math.min(400, Math.floor(transactions / 5));
  while (writer.transactionCount < transactions) {
    const ramp = writer.currentHeight - quietBlocks;
    const full = ramp < 0 ? 0 : Math.min(12 * (ramp + 1), prng.between(1200, 2800));
    const room = Math.min(full, transactions - writer.transactionCount - 1);
    for (let made = 0; made < room && actors.act(); made += 1);
    actors.mint(SYNTHETIC_SUBSIDY_SAT + writer.blockFees);
    writer.blockFees = 0;
    writer.currentHeight += 1;
  }
  return sealed(writer, actors);
}

/** SHA-256 over all columns and the truth, in hex: equal chains, equal digests. */
export function syntheticDigest(chain: SyntheticChain): string {
  const hash = createHash('sha256');
  const { truth } = chain;
  const columns = [
    chain.height,
    chain.coinbase,
    chain.firstInput,
    chain.inputOutput,
    chain.inputValueSat,
    chain.firstOutput,
    chain.outputValueSat,
    chain.outputAddress,
    chain.outputFlags,
    chain.spenderTx,
    truth.entityOfAddress,
  ];
  for (const column of columns) hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  const { entityOfAddress: _, ...lists } = truth;
  return hash.update(JSON.stringify(lists)).digest('hex');
}

function sealed(writer: SyntheticWriter, actors: SyntheticActors): SyntheticChain {
  return {
    transactionCount: writer.transactionCount,
    addressCount: writer.pocketOfAddress.length,
    height: writer.height.trimmed(),
    coinbase: writer.coinbase.trimmed(),
    firstInput: writer.firstInput.trimmed(),
    inputOutput: writer.inputOutput.trimmed(),
    inputValueSat: writer.inputValueSat.trimmed(),
    firstOutput: writer.firstOutput.trimmed(),
    outputValueSat: writer.outputValueSat.trimmed(),
    outputAddress: writer.outputAddress.trimmed(),
    outputFlags: writer.outputFlags.trimmed(),
    spenderTx: writer.spenderTx.trimmed(),
    truth: {
      theftOutputs: actors.theftOutputs,
      theftTransaction: actors.theftTransaction,
      theftPeelTransactions: actors.theftPeelTransactions,
      peelTransactions: actors.peelTransactions,
      coinjoinTransactions: actors.coinjoinTransactions,
      ...(actors.dustTransactions.length === 0 ? {} : { dustTransactions: actors.dustTransactions }),
      exchangeHotAddresses: actors.book.hotAddresses,
      exchangeDepositAddresses: actors.book.depositAddresses,
      entityOfAddress: writer.pocketOfAddress.trimmed().map(entityOfPocket),
    },
  };
}

/** Whether an entity of the truth is an exchange. */
export function isSyntheticExchange(entity: number): boolean {
  return entity >= 0 && entity < EXCHANGES;
}
