/**
 * A reorganisation of an account chain, met in a case: everything above a block is taken out. What stays is read anew from the recorded bodies, so the case is
 * then what a new one would be that was fed the same bodies without what they said of the blocks that are gone. Facts that name no block (rows of tables
 * known by their time, balances of no known time) were said of no block and stay. Runs over the account chain go: they rest on numbers that change.
 *
 * Cost: reading every recorded body of the account chain once.
 */
import type { ParsedAccountFile } from '../../chain/ethereum/index.ts';
import {
  accountChainOf,
  accountFactsAbove,
  type CaseStore,
  clearAccountFacts,
  cutFile,
  deleteAccountRuns,
  dropFiles,
  type FileReach,
  fileReaches,
  getBody,
  withLooseLinks,
} from '../../store/index.ts';
import type { CaseContext } from '../context.ts';
import type { RollbackOutcome } from '../fetch/reorg.ts';
import { believedAccounts, readAccountBody, takeAccountFacts, undoneAbove } from '../ingest/account.ts';

/** Takes everything of the account chain above a block out of the case, in one transaction. */
export function rollbackAccounts({ store }: Pick<CaseContext, 'store'>, height: number): RollbackOutcome {
  return withLooseLinks(store, () => {
    const gone = accountFactsAbove(store, height);
    const dropped: FileReach[] = [];
    const cut: FileReach[] = [];
    const runs = deleteAccountRuns(store);
    clearAccountFacts(store);
    for (const file of fileReaches(store, 'accounts')) {
      const before = readFile(store, file);
      const undone = undoneIn(before, gone.transactions, height);
      const stays = believedAccounts(before, undone);
      if (undone.length > 0 && isEmpty(stays)) dropped.push(file);
      else takeAccountFacts(store, stays);
      if (undone.length === 0 || isEmpty(stays)) continue;
      cut.push(file);
      cutFile(store, {
        sha256: file.sha256,
        undone: [...new Set([...file.undone, ...undone])].sort(),
        transactions: stays.transactions.length,
        blocks: stays.blocks.length,
        note: `blocks above ${height} left the best chain: what this file told of them is left out; fetch it again`,
      });
    }
    dropFiles(
      store,
      dropped.map(({ sha256 }) => sha256),
    );
    const names = (files: readonly FileReach[]): string[] => files.map(({ name }) => name).sort();
    const transactions = gone.transactions.size;
    return { height, blocks: gone.blocks, transactions, runs, dropped: names(dropped), cut: names(cut) };
  });
}

function readFile(store: CaseStore, { sha256, name, format, network, undone }: FileReach): ParsedAccountFile {
  const bytes = getBody(store, sha256);
  const chainId = accountChainOf(network);
  if (bytes === null || chainId === null) throw new Error(`the body of ${name} is not in the case`);
  return readAccountBody({ name, bytes, format, chainId, undone });
}

/** What of a file is undone: all it says above the block, and transactions it names by hash alone that another file placed there. */
function undoneIn(parsed: ParsedAccountFile, gone: ReadonlySet<string>, height: number): string[] {
  const numbers = [
    ...parsed.transactions.map(({ record }) => record.blockNumber),
    ...parsed.blocks.map(({ block }) => block.number),
    ...parsed.balances.map(({ blockNumber }) => blockNumber),
  ];
  const above = numbers.some((number) => number !== null && number > height);
  const named = parsed.transactions.flatMap(({ record }) => {
    const name = record.hash ?? record.rowKey ?? '';
    return record.blockNumber === null && gone.has(name) ? [name] : [];
  });
  return [...(above ? [undoneAbove(height)] : []), ...named];
}

function isEmpty({ transactions, blocks, balances }: ParsedAccountFile): boolean {
  return transactions.length + blocks.length + balances.length === 0;
}
