/**
 * How well each rule finds the accounts that people labelled as laundering in the EasyFi theft of 2021: recall and precision of "carries taint", and of the
 * rankings at their twelfth place. Printed as the table of heists.md; run with `npm run bench:heists`.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ACCOUNT_RULE_NAMES,
  ACCOUNT_STOPS,
  DEFAULT_ACCOUNT_CONVENTIONS,
  importPacks,
  ingestFiles,
  parseAccountSeed,
  RANK_VARIANTS,
  rankAccounts,
  seedOver,
  traceAccounts,
  withCase,
} from '../../src/case/index.ts';
import { sharedData } from '../support/shared-data.ts';

interface Label {
  readonly address: string;
  readonly name: string;
  readonly label: string;
}

/** Share of `part` in `whole` in per cent with one decimal, from whole numbers. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '-';
  const tenths = Math.round((1000 * part) / whole);
  return `${Math.floor(tenths / 10)}.${tenths % 10} %`;
}

function labels(): Label[] {
  return readFileSync(sharedData('easyfi-2021/all-address.csv'), 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => /^(0x[0-9a-f]{40}),("[^"]*"|[^,]*),(.*)$/.exec(line.trim()))
    .flatMap((match) =>
      match === null ? [] : [{ address: match[1], name: match[2], label: match[3].replaceAll('"', '') }],
    );
}

/** Tags of the data set for everything that is a service, so that taint stops there. */
function packOf(services: readonly Label[]): string {
  const tags = services.map(
    ({ address, name, label }) =>
      `  - {address: "${address}", label: ${JSON.stringify(name.replaceAll('"', '') || label)}, source: "https://xblock.pro", currency: ETH, category: exchange, confidence: forensic}`,
  );
  return ['title: EasyFi services', 'creator: XBlock', 'tags:', ...tags, ''].join('\n');
}

const all = labels();
const heist = new Set(all.filter(({ label }) => label === 'heist').map(({ address }) => address));
const thief = all.find(({ name }) => name === 'ml_transit_0')?.address ?? '';
const services = all.filter(({ label }) => label !== '' && label !== 'heist');
const folder = mkdtempSync(join(tmpdir(), 'spoor-heists-'));
writeFileSync(join(folder, 'services.yaml'), packOf(services));

const lines = withCase(join(folder, 'easyfi.spoor'), { create: true }, (context) => {
  ingestFiles(context.store, [sharedData('easyfi-2021/all-tx.csv.gz')], { format: 'auto', network: null });
  importPacks(context, [join(folder, 'services.yaml')]);
  const isService = new Set(services.map(({ address }) => address));
  const run = traceAccounts(context, {
    seeds: [seedOver(context, parseAccountSeed(`EASYFI=${thief}`))],
    rules: ACCOUNT_RULE_NAMES,
    stopAt: ACCOUNT_STOPS,
    conventions: DEFAULT_ACCOUNT_CONVENTIONS,
    tokens: 'listed',
    conversions: 'follow',
    unseen: 'unresolved',
    maxHops: null,
    maxLots: null,
    until: null,
  });
  const row = (name: string, found: ReadonlySet<string>): string => {
    const right = [...found].filter((account) => heist.has(account)).length;
    return `| ${name} | ${found.size} | ${right} of ${heist.size} | ${percent(right, heist.size)} | ${percent(right, found.size)} |`;
  };
  const byRule = run.report.trace.rules.map(({ rule }) => {
    const reached = run.report.hops
      .filter(({ byRule: amounts }) => BigInt(amounts[rule] ?? '0') > 0n)
      .map(({ to }) => to.toLowerCase());
    return row(rule, new Set(reached.filter((account) => !isService.has(account))));
  });
  const ranked = RANK_VARIANTS.map((variant) => {
    const epsilonMillionths = variant === 'appr' ? 10 : 1000;
    const params = {
      sources: [thief],
      variant,
      alphaMillionths: 150_000,
      betaMillionths: 800_000,
      epsilonMillionths,
      count: 10_000,
    };
    const best = rankAccounts(context, params)
      .ranked.map(({ account }) => account.toLowerCase())
      .filter((account) => !isService.has(account));
    return row(`rank ${variant}, first ${heist.size}`, new Set(best.slice(0, heist.size)));
  });
  return [...byRule, ...ranked];
});
process.stdout.write(
  `| how | accounts found | labelled among them | recall | precision |\n|---|---|---|---|---|\n${lines.join('\n')}\n`,
);
