/**
 * The verb `leads`: what mixers and bridges of a case suggest to a person. Notes in and out by pool; for each withdrawal the deposits that a heuristic ties to
 * it, beside what blind drawing would hit; pairs that bridges published, with payments on Bitcoin that fit them. Nothing here carries an amount further or
 * moves taint.
 */
import { checkAddress } from '../../chain/bitcoin/index.ts';
import { checksummed } from '../../chain/ethereum/index.ts';
import { type AccountView, NONE, SpoorError } from '../../ledger/index.ts';
import {
  accountTerminals,
  type BridgeLink,
  bridgeLinks,
  type MixerNote,
  mixerNotes,
  mixerTotals,
  type PayoutCandidate,
  payoutLeads,
  tokenList,
  tornadoLeads,
} from '../../pattern/index.ts';
import type { BridgeRow, LeadsDocument, NoteRow } from '../../report/index.ts';
import { type CaseContext, inputsDigest } from '../context.ts';
import { heldView } from './held.ts';
import { assetRows, assetText, transactionText } from './namer.ts';

/** What is asked. */
export interface LeadsRequest {
  /** Seconds within which a payment on the other chain may answer a pair. */
  readonly payoutWindowSec: number;
}

/** What leads claim. */
export const LEADS_CLAIM =
  'places to look at, each beside what chance alone would give; none is a link of ownership, and no taint follows one';

/** Leads of the case as it is. */
export function leadsOf(context: CaseContext, request: LeadsRequest): LeadsDocument {
  const view = heldView(context.accounts);
  const terminals = accountTerminals(view, { kinds: ['mixer', 'bridge'], byEvent: true });
  const notes = mixerNotes(view, terminals);
  const links = bridgeLinks(view, terminals);
  const met = new Set([...notes, ...links].flatMap(({ asset }) => (asset === null ? [] : [asset])));
  const { leads, baselines } = tornadoLeads(view, notes, { services: new Set(terminals.keys()) });
  return {
    schema: 'spoor.leads/1',
    params: { ...request },
    inputs: inputsDigest(context.store),
    claim: LEADS_CLAIM,
    assets: assetRows(view, tokenList(), met),
    mixers: mixerTotals(view, notes).map(({ pool, direction, asset, denomination, notes: count, amount }) => ({
      pool: checksummed(pool),
      direction,
      asset: asset === null ? null : assetText(view, asset),
      denomination: denomination === null ? null : String(denomination),
      notes: count,
      amount: amount === null ? null : String(amount),
    })),
    tornado: leads.map(({ heuristic, withdrawal, candidates, crowd, nats, chance }) => ({
      heuristic,
      withdrawal: noteRow(view, withdrawal),
      candidates: candidates.map((note) => noteRow(view, note)),
      crowd,
      nats,
      chance,
    })),
    baselines: [...baselines],
    bridges: links.map((link) => ({
      ...bridgeRow(view, link),
      payouts: payoutLeads(view, link, paymentsOn(context, link), request.payoutWindowSec).map(
        ({ payout, candidates }) => ({
          transaction: payout.tx,
          timestampSec: payout.timestampSec,
          candidates,
        }),
      ),
    })),
  };
}

/** Payments on the Bitcoin side of the case to the receiver of a pair. A receiver that is no address of this network has none. */
function paymentsOn({ view, network }: CaseContext, { toChain, toAddress }: BridgeLink): PayoutCandidate[] {
  if (toChain !== 'bitcoin' || toAddress === null) return [];
  const address = addressOrNull(toAddress, network);
  if (address === null) return [];
  return view.outputsOfAddress(address).flatMap((output) => {
    const { txid, timestampSec } = view.transaction(view.transactionOf(output));
    return timestampSec === null ? [] : [{ chain: toChain, tx: txid, address: toAddress, timestampSec }];
  });
}

function addressOrNull(
  text: string,
  network: CaseContext['network'],
): ReturnType<typeof checkAddress>['address'] | null {
  try {
    return checkAddress(text, network).address;
  } catch (error) {
    if (error instanceof SpoorError) return null;
    throw error;
  }
}

function noteRow(view: AccountView, { tx, pool, account, timestampSec, basis }: MixerNote): NoteRow {
  return {
    transaction: transactionText(view, tx),
    pool: checksummed(view.account(pool).account),
    account: account === NONE ? null : checksummed(view.account(account).account),
    timestampSec,
    basis,
  };
}

/** A published pair in text. */
export function bridgeRow(view: AccountView, link: BridgeLink): BridgeRow {
  const { protocol, fromTx, bridge, asset, amount, toChain, toAddress, toAsset, id, basis } = link;
  return {
    protocol,
    transaction: transactionText(view, fromTx),
    bridge: checksummed(view.account(bridge).account),
    asset: asset === null ? null : assetText(view, asset),
    amount: amount === null ? null : String(amount),
    toChain,
    toAddress,
    toAsset,
    id,
    basis,
  };
}
