/** The lines of the bundled case as plain objects, for walks that owe nothing to the program. */
import { readFileSync } from 'node:fs';
import { projectPath } from './shared-data.ts';

/** Wallet whose cash-outs the case follows to exchanges. */
export const WALLET = '12t9YDPgwueZ9NyMgw519p7AA8isjr6SMw';
/** The exchange addresses at the end of these ways. */
export const HITBTC = '1ETWkyQUY9nRpVMyGwha4vRhwKgMbomMQe';
/** See {@link HITBTC}. */
export const POLONIEX = '1BvTQTP5PJVCEz7dCU2YxgMskMxxikSruM';

/** A line of samples/wannacry/transactions.jsonl, as far as walks need it. */
export interface SampleLine {
  readonly txid: string;
  readonly inputs: ReadonlyArray<{ readonly prevTxid?: string; readonly prevVout?: number }>;
  readonly outputs: ReadonlyArray<{ readonly valueSat: string; readonly address?: string }>;
}

/** Lines by txid, and the spending txid of every outpoint. */
export function sampleLines(): { lines: Map<string, SampleLine>; spender: Map<string, string> } {
  const text = readFileSync(projectPath('samples/wannacry/transactions.jsonl'), 'utf8');
  const parsed = text.split('\n').filter((line) => line.includes('"txid"'));
  const lines = new Map(parsed.map((line) => JSON.parse(line) as SampleLine).map((line) => [line.txid, line]));
  const spender = new Map<string, string>();
  for (const { txid, inputs } of lines.values())
    for (const { prevTxid, prevVout } of inputs)
      if (prevTxid !== undefined) spender.set(`${prevTxid}:${prevVout}`, txid);
  return { lines, spender };
}
