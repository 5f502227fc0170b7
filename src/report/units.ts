/** Base units of any asset as text for people; digits are moved, nothing is computed. */

const WHOLE = /^(0|[1-9]\d*)$/;

/** `1500000000000000000` with 18 decimals gives `1.5`. Text that is no whole number comes back unchanged. */
export function unitText(amount: string | bigint, decimals: number): string {
  const text = String(amount);
  if (!WHOLE.test(text) || decimals === 0) return text;
  const digits = text.padStart(decimals + 1, '0');
  const fraction = digits.slice(-decimals).replace(/0+$/, '');
  const whole = digits.slice(0, -decimals);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
