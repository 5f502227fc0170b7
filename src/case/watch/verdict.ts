/** What a watch remembers of a screening, and how two of them differ. */
import type { Screening } from '../../screen/index.ts';
import { sha256Hex } from '../context.ts';

/** The part of a screening that decides. */
export interface Verdict {
  /** Digest of what the case was fed when it was made. */
  readonly inputs: string;
  /** Counts the changes, so that a verdict that comes back is another change. */
  readonly turn: number;
  readonly level: string;
  readonly rules: readonly string[];
  readonly claims: readonly string[];
  readonly packs: readonly string[];
  readonly screening: string;
}

/** What changed between two verdicts and why, as a receiver is told. */
export interface RiskChange {
  readonly address: string;
  readonly before: { readonly level: string; readonly screening: string };
  readonly after: { readonly level: string; readonly screening: string };
  readonly why: Readonly<Record<'rules' | 'claims' | 'packs', { readonly added: string[]; readonly gone: string[] }>>;
}

/** The verdict of a screening. */
export function verdictOf(screening: Screening, inputs: string, turn: number): Verdict {
  const { risk, ownership, exposure, alerts, as_of: asOf, id } = screening;
  const claims = [...ownership, ...exposure.flatMap(({ entities }) => entities.flatMap(({ claims: own }) => own))];
  return {
    inputs,
    turn,
    level: risk.level,
    rules: sorted(alerts.map(({ rule, level }) => `${rule.id}@${rule.version} ${level}`)),
    claims: sorted(claims.map(({ tag_id: tag, category, label }) => `${tag} ${category} ${label}`)),
    packs: sorted(asOf.packs.map(({ id: pack, sha256 }) => `${pack} ${sha256}`)),
    screening: id,
  };
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** Digest of what would be told of a verdict: two with the same one do not differ. Packs alone are no change. */
export function verdictDigest({ level, rules, claims }: Verdict): string {
  return sha256Hex(JSON.stringify([level, rules, claims]));
}

/** How two verdicts on an address differ. */
export function riskChange(address: string, before: Verdict, after: Verdict): RiskChange {
  const differ = (part: 'rules' | 'claims' | 'packs'): { added: string[]; gone: string[] } => ({
    added: after[part].filter((text) => !before[part].includes(text)),
    gone: before[part].filter((text) => !after[part].includes(text)),
  });
  return {
    address,
    before: { level: before.level, screening: before.screening },
    after: { level: after.level, screening: after.screening },
    why: { rules: differ('rules'), claims: differ('claims'), packs: differ('packs') },
  };
}
