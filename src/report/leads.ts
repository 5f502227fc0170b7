/** Leads through mixers and bridges: the JSON document `spoor.leads/1`, and as text. */
import type { AssetRow, BridgeRow, MixerRow } from './account/model.ts';
import { AssetWords } from './account/words.ts';
import { renderSheetText } from './sheet/text.ts';
import { utcTextOr } from './time.ts';
import { countText } from './words.ts';

/** A note of a mixer. */
export interface NoteRow {
  transaction: string;
  pool: string;
  /** Who paid it in, or to whom it was paid out; null where not told. */
  account: string | null;
  timestampSec: number | null;
  basis: string;
}

/** A withdrawal and the deposits that a heuristic ties to it. `nats` is ln crowd less ln candidates, `chance` candidates over crowd. */
export interface TornadoLeadRow {
  heuristic: string;
  withdrawal: NoteRow;
  candidates: NoteRow[];
  crowd: number;
  nats: string;
  chance: string;
}

/** `spoor leads --json`. */
export interface LeadsDocument {
  schema: 'spoor.leads/1';
  params: Record<string, number>;
  inputs: string;
  claim: string;
  assets: AssetRow[];
  mixers: Array<Omit<MixerRow, 'crowdAtMost'>>;
  tornado: TornadoLeadRow[];
  /** Hits that blind drawing would make, one draw a lead, by heuristic. */
  baselines: Array<{ heuristic: string; leads: number; hitsByChance: string }>;
  /** Published pairs; `payouts` are payments on Bitcoin that fit one, each among so many. */
  bridges: Array<BridgeRow & { payouts: Array<{ transaction: string; timestampSec: number; candidates: number }> }>;
}

function noteText({ transaction, account, timestampSec }: NoteRow): string {
  return `${account ?? 'an account not told'} in ${transaction}, ${utcTextOr(timestampSec)}`;
}

/** Leads for a terminal. */
export function renderLeadsText({ assets, mixers, tornado, baselines, bridges, claim }: LeadsDocument): string {
  const words = new AssetWords({ assets });
  const lists: ReadonlyArray<readonly [heading: string, items: readonly string[]]> = [
    ['Claim', [claim]],
    [
      'Notes of mixers',
      mixers.map(({ pool, direction, asset, notes, amount }) => {
        const value = asset === null || amount === null ? 'amount not known' : words.amount(asset, amount);
        return `${pool}: ${countText(notes, direction, `${direction}s`)}, ${value}`;
      }),
    ],
    [
      'Withdrawals with a lead',
      tornado.map(
        ({ heuristic, withdrawal, candidates, crowd, nats, chance }) =>
          `${heuristic}: ${noteText(withdrawal)}; ${countText(candidates.length, 'deposit', 'deposits')} of ${crowd} (${nats} nats, chance ${chance}): ${candidates.map(noteText).join('; ')}`,
      ),
    ],
    [
      'What chance alone would hit',
      baselines.map(
        ({ heuristic, leads, hitsByChance }) =>
          `${heuristic}: ${countText(leads, 'lead', 'leads')}, ${hitsByChance} by chance`,
      ),
    ],
    [
      'Pairs that bridges published',
      bridges.map(
        ({ protocol, transaction, toChain, toAddress, id, payouts }) =>
          `${protocol} in ${transaction}: to ${toChain} ${toAddress ?? 'receiver not told'}${id === null ? '' : `, number ${id}`}; ${countText(payouts.length, 'payment fits', 'payments fit')}${payouts.map((one) => ` ${one.transaction} ${utcTextOr(one.timestampSec)}`).join(',')}`,
      ),
    ],
  ];
  return renderSheetText({
    kind: 'Leads',
    title: 'Leads through mixers and bridges',
    facts: [],
    sections: lists.map(([heading, items], index) => ({
      id: `leads-${index}`,
      heading,
      lead: '',
      blocks: [{ kind: 'list', items, empty: 'None.' }],
    })),
    footer: '',
  });
}
