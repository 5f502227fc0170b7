/** Facts and names of the account chain of a case as a screening reads them. */
import { checksummed } from '../../chain/ethereum/index.ts';
import { type AccountFrame, type AccountId, type AssetId, account, NONE } from '../../ledger/index.ts';
import {
  accountTerminals,
  conversionsOf,
  type Terminal,
  type TokenList,
  tokenList,
  UNCONFIRMED,
} from '../../pattern/index.ts';
import { utcDayText } from '../../report/index.ts';
import { type AccountScreenFacts, type Identity, SANCTION, type ScreeningClaim } from '../../screen/index.ts';
import { CONFIDENCE_LEVELS } from '../../tag/index.ts';
import { accountPriors, DEFAULT_ACCOUNT_CONVENTIONS } from '../../taint/index.ts';
import { spendingSeen } from '../account/trace.ts';
import type { CaseContext } from '../context.ts';
import { dateSec } from '../subject.ts';
import { listTags } from '../tag/tags.ts';
import type { Identities } from './identity.ts';

const LAST_SECOND = 86_399;

/** The chain of a case for many screenings: read once. `knownAt` is a day: later frames are not looked at; null: all. */
export class AccountChainFacts implements AccountScreenFacts {
  readonly view: CaseContext['accounts'];
  readonly frames: readonly AccountFrame[];
  readonly priors: AccountScreenFacts['priors'];
  readonly named: readonly AccountId[];
  readonly tokens: TokenList = tokenList();
  private readonly identities: Identities;
  private readonly terminals: ReadonlyMap<AccountId, Terminal>;
  private readonly dated = new Set<AccountId>();
  private readonly known = new Map<string, Identity | null>();
  private readonly convert: ReturnType<typeof conversionsOf>;
  private readonly paid: ReadonlySet<number>;
  private readonly frameByKey: ReadonlyMap<number, AccountFrame>;

  constructor(context: CaseContext, identities: Identities, knownAt: string | null) {
    const { accounts: view } = context;
    this.view = view;
    this.identities = identities;
    const untilSec = knownAt === null ? null : dateSec(knownAt) + LAST_SECOND;
    this.frames = [...view.frames()].filter(
      ({ timestampSec }) => untilSec === null || (timestampSec !== null && timestampSec <= untilSec),
    );
    this.frameByKey = new Map(this.frames.map((frame) => [frame.orderKey, frame]));
    this.priors = accountPriors(view, DEFAULT_ACCOUNT_CONVENTIONS);
    // An exchange without custody answers for nothing: what was changed there goes on in what it was changed for.
    this.terminals = accountTerminals(view, { kinds: ['mixer', 'bridge'], byEvent: true });
    const named = new Set(this.terminals.keys());
    for (const { subject, validFrom, validTo } of listTags(context, { knownAt })) {
      const id = subject.kind === 'account' ? view.findAccount(subject.account) : null;
      if (id === null) continue;
      named.add(id);
      if (validFrom !== null || validTo !== null) this.dated.add(id);
    }
    this.named = [...named].sort((a, b) => a - b).filter((id) => this.mayBeNamed(id));
    const stops = new Set(this.named);
    this.convert = conversionsOf(view, { tokens: this.tokens, terminals: stops });
    this.paid = spendingSeen(view, view.assetCount());
  }

  /** Height of the last frame looked at; 0 where none has one. */
  get height(): number {
    return this.frames.reduce((height, { blockNumber }) => Math.max(height, blockNumber), 0);
  }

  /** Time of the latest frame looked at. */
  get latestSec(): number | null {
    return this.frames.reduce<number | null>(
      (latest, { timestampSec }) => (timestampSec === null || timestampSec < (latest ?? 0) ? latest : timestampSec),
      null,
    );
  }

  who(id: AccountId, day: string | null): Identity | null {
    const terminal = this.terminals.get(id);
    const asked = this.dated.has(id) || terminal?.sanctioned ? day : null;
    const key = `${id} ${asked ?? ''}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const address = this.accountText(id);
    const own = this.identities.identityOf(this.view.account(id).account, asked)?.claims ?? [];
    const claims = [...own, ...(terminal === undefined ? [] : [terminalClaim(terminal, asked)])];
    const identity = claims.length === 0 ? null : { address, claims };
    this.known.set(key, identity);
    return identity;
  }

  private mayBeNamed(id: AccountId): boolean {
    return this.dated.has(id) || this.who(id, null) !== null;
  }

  /** Everything that is claimed about an account on a day, whether or not it names anybody. */
  claims(id: AccountId | null, text: string, day: string | null): ScreeningClaim[] {
    const terminal = id === null ? undefined : this.terminals.get(id);
    const own = this.identities.claims(account(text), day);
    return terminal === undefined ? own : [...own, terminalClaim(terminal, day)];
  }

  conversionsOf(frame: AccountFrame): ReturnType<AccountScreenFacts['conversionsOf']> {
    return this.convert(frame).conversions;
  }

  isCovered(own: AccountId, asset: AssetId): boolean {
    return this.paid.has(own * this.view.assetCount() + asset);
  }

  accountText(id: AccountId): string {
    return checksummed(this.view.account(id).account);
  }

  txText({ tx, orderKey }: Parameters<AccountScreenFacts['txText']>[0]): ReturnType<AccountScreenFacts['txText']> {
    const frame = this.frameByKey.get(orderKey);
    const height = frame === undefined || frame.blockNumber === NONE ? null : frame.blockNumber;
    const timestampSec = frame?.timestampSec ?? null;
    if (tx === NONE) return { txid: `end of block ${height ?? 'not known'}`, height, timestampSec };
    const { hash, rowKey } = this.view.transaction(tx);
    return { txid: hash ?? rowKey ?? 'row without key', height, timestampSec };
  }

  dayOf(timestampSec: number | null): string | null {
    return timestampSec === null ? null : utcDayText(timestampSec);
  }
}

/** What the table of contracts says of a mixer or a bridge on a day (null: whenever), with the listing that held then. */
function terminalClaim({ kind, name, sanctioned, source, basis }: Terminal, day: string | null): ScreeningClaim {
  const fromDay = sanctioned === null ? null : utcDayText(sanctioned.fromSec);
  const untilDay = sanctioned === null || sanctioned.untilSec === null ? null : utcDayText(sanctioned.untilSec);
  const isListed = fromDay !== null && (day === null || (day >= fromDay && (untilDay === null || day < untilDay)));
  const category = kind === 'mixer' ? 'mixing_service' : 'defi_bridge';
  const confidence = source === UNCONFIRMED ? 'unknown' : basis === 'event' ? 'heuristic' : 'trusted_provider';
  const categories = isListed ? [SANCTION, category] : [category];
  return {
    category: categories[0],
    categories,
    label: name,
    actor: null,
    campaign: null,
    tag_id: `contract table#${name}`,
    confidence,
    confidence_level: CONFIDENCE_LEVELS[confidence],
    source: isListed ? `${source}; ${sanctioned?.list}` : source,
    pack: 'contract table',
    inherited: false,
    listed_from: isListed ? fromDay : null,
    listed_to: isListed ? untilDay : null,
  };
}
