/** What errors of JSON-RPC nodes and gateways mean: codes differ between them, so texts are read too. */
import { type ErrorCode, type ErrorPlace, SpoorError } from '../../ledger/index.ts';

const MEANINGS: ReadonlyArray<readonly [codes: readonly number[], text: RegExp, code: ErrorCode, hint: string]> = [
  [
    [4444],
    /pruned|missing trie node|historical state|state (is )?not available|before (the )?retention/i,
    'PRUNED',
    'ask a node that keeps history (an archive node)',
  ],
  [
    [],
    /genesis is not traceable/i,
    'INCOMPLETE',
    'the first block has no transactions; its allocations are not told by a node',
  ],
  [
    [],
    /more than \d+ (results|logs|blocks)|query returned|range (is )?too|block range|response size|too many (results|logs|blocks)|limit is \d/i,
    'TOO_LARGE',
    'ask for a smaller range of blocks',
  ],
  [[429, -32005], /rate limit|too many requests|compute units|capacity/i, 'RATE_LIMITED', 'wait, or ask more slowly'],
  [
    [],
    /time(d )?-?out|cancell?ed|deadline/i,
    'INCOMPLETE',
    'ask again, for less at a time or with a longer time limit of the tracer',
  ],
  [
    [-32001, 401, 403],
    /unauthori[sz]ed|api[ _-]?key|not (available|allowed) (on|in|for) (your|this) (plan|tier)|upgrade/i,
    'UNAUTHORIZED',
    'check the key, and what its plan covers',
  ],
  [
    [-39001],
    /unknown block|block not found|header not found|unfinalized/i,
    'NOT_FOUND',
    'the node does not know the block; is it in step?',
  ],
  [
    [-32601],
    /method .*(not found|not exist|not available|not supported)/i,
    'SOURCE_FAILED',
    'the node does not answer this question; traces need a node with the debug or trace module',
  ],
];

/** The typed error of an answer that holds one; SOURCE_FAILED for those not known. */
export function rpcError(code: number, message: string, place: ErrorPlace = {}): SpoorError {
  const shown = `the node says: ${message.slice(0, 200)} (code ${code})`;
  const known = MEANINGS.find(([codes, text]) => codes.includes(code) || text.test(message));
  return known === undefined
    ? new SpoorError('SOURCE_FAILED', shown, place)
    : new SpoorError(known[2], shown, place, known[3]);
}
