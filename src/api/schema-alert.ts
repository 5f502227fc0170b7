/** Alerts as they are answered: what was found, and what was done about it. */
import Type from 'typebox';
import { ALERT_STATES } from '../case/index.ts';
import { ScreeningAlert } from '../screen/index.ts';
import { PAGE_ANSWER } from './page.ts';
import { ALERT_ID, BASE_UNITS, COUNT, MAX_TEXT, named, orNull, ref, TEXT, TIME, WORDS } from './schema.ts';

/** A state a person may put an alert in. */
export const STATE = Type.Enum([...ALERT_STATES]);

/** Members of every event of a watch. */
const EVENT = {
  watch: Type.String({ description: 'what is watched' }),
  name: Type.String({ description: 'names the event: the same one makes no second alert' }),
  flow: Type.Enum(['received', 'sent']),
  address: TEXT,
  txid: TEXT,
  height: orNull(COUNT),
  timestampSec: orNull(COUNT),
};
/** Money that came to a watched address, or left it. */
export const OUTPUT_EVENT = Type.Object({ ...EVENT, outpoint: TEXT, valueSat: BASE_UNITS });
/** Value that came to a watched account, or left it. */
export const ACCOUNT_EVENT = Type.Object({
  ...EVENT,
  asset: TEXT,
  amount: BASE_UNITS,
  counterparty: orNull(Type.String({ description: 'who paid, or was paid; null for new coins and what is burned' })),
});
const VERDICT = Type.Object({ level: TEXT, screening: TEXT });
const CHANGES = Type.Object({ added: WORDS, gone: WORDS });
/** A verdict that is another than before. */
export const RISK_CHANGE = Type.Object({
  address: TEXT,
  before: VERDICT,
  after: VERDICT,
  why: Type.Object({ rules: CHANGES, claims: CHANGES, packs: CHANGES }),
});

const MEMBERS = {
  schema: Type.Literal('spoor.alert/1'),
  id: ALERT_ID,
  kind: Type.String({ description: 'rule, watch or risk_change; more may come' }),
  level: TEXT,
  state: STATE,
  withdrawn: Type.Boolean({ description: 'the chain undid its event' }),
  subject: Type.String({ maxLength: MAX_TEXT }),
  source: Type.String({ description: 'screening or watch that made it' }),
  created_at: TIME,
  updated_at: TIME,
  detail: Type.Union([ScreeningAlert, OUTPUT_EVENT, ACCOUNT_EVENT, RISK_CHANGE], {
    description:
      'what was found: of a rule its alert in the screening, of a watch its event, of a risk_change what differs',
  }),
};
const TEXT_OR_NULL = orNull(TEXT);

/** One alert. */
export const ALERT = named('Alert', Type.Object(MEMBERS));

/** One with all that happened to it. */
export const ALERT_HISTORY = named(
  'AlertHistory',
  Type.Object({
    ...MEMBERS,
    events: Type.Array(
      Type.Object({
        at: TIME,
        actor: Type.String({ description: 'id of a token, or of the screening or watch' }),
        action: Type.String({ description: 'created, moved, commented, withdrawn or reinstated; more may come' }),
        from_state: TEXT_OR_NULL,
        to_state: TEXT_OR_NULL,
        comment: TEXT_OR_NULL,
        digest: Type.String({
          pattern: '^[0-9a-f]{64}$',
          description: 'SHA-256 over this event and the digest of the one before in the file',
        }),
      }),
    ),
  }),
);

/** A page of alerts. */
export const ALERT_LIST = named(
  'AlertList',
  Type.Object({ schema: Type.Literal('spoor.alert-list/1'), items: Type.Array(ref('Alert')), ...PAGE_ANSWER }),
);
