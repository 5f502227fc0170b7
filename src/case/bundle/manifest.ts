/** `manifest.json` of a bundle: its form, and how it is read. */
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { SpoorError } from '../../ledger/index.ts';
import { firstProblem } from '../../screen/index.ts';
import { readUserJson } from '../user-file.ts';

/** Name of the manifest. */
export const BUNDLE_MANIFEST_NAME = 'manifest.json';

const closed = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const BundleFileSchema = Type.Object(
  {
    // A plain name: nothing a manifest says makes the check read outside of the folder.
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
    bytes: Count,
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  closed,
);
const BundleManifestSchema = Type.Object(
  {
    schema: Type.Literal('spoor.bundle/1'),
    engine: Type.String(),
    run: Type.String(),
    title: Type.String(),
    chain: Type.Object({ steps: Count, head: Type.String() }, closed),
    files: Type.Array(BundleFileSchema),
  },
  closed,
);
const checker = Compile(BundleManifestSchema);

/** A file of a bundle; `sha256` in hex. */
export type BundleFile = Static<typeof BundleFileSchema>;
/** Schema spoor.bundle/1: the run, size and digest of every file, steps of the chain and the digest of its last line. */
export type BundleManifest = Static<typeof BundleManifestSchema>;

const LIMIT_BYTES = 4 * 1024 * 1024;
const HINT = 'name a folder that spoor bundle create wrote';

/** Reads a manifest. Throws FILE_NOT_FOUND, TOO_LARGE, and MALFORMED with the field that is wrong. */
export function readManifest(path: string): { readonly manifest: BundleManifest; readonly bytes: Buffer } {
  const { bytes, value } = readUserJson(path, { limitBytes: LIMIT_BYTES, hint: HINT });
  if (!checker.Check(value)) {
    const [field, message] = firstProblem(checker.Errors(value), 'a manifest of a bundle');
    throw new SpoorError('MALFORMED', message, { file: path, field }, HINT);
  }
  return { manifest: value, bytes };
}
