// Bundles the programs of src to dist: the command line, the threads that read blocks and answer the service, and whatever they load on demand, each by itself and without
// what it does not use, because a command must not wait for a database or a network that it never opens. The ledger is one file for all: an error
// must be of one class. Dependencies stay outside, but for the argument parser, which every command needs, and for small parts of others, which are found file by
// file else (100 ms for the encoder of addresses); their licences go to dist/licenses.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'src');
const BUNDLED = ['yargs', 'bitcoinjs-lib', 'tinyqueue'];
const LEDGER = join(source, 'ledger', 'index.ts');
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Entries still to be built; what is loaded on demand joins them. */
const entries = new Set([
  join(source, 'chain/bitcoin/bulk/source-block-worker.ts'),
  join(source, 'api/case-worker.ts'),
  join(source, 'cli/main.ts'),
  LEDGER,
]);

/** Where an entry is found when it runs: through the import map of the package. */
const built = (file) => `#built/${relative(source, file).replaceAll('\\', '/').replace(/\.ts$/, '.js')}`;

const entriesOutside = {
  name: 'entries outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path, resolveDir }) => {
      const file = resolve(resolveDir, path);
      if (kind === 'dynamic-import') entries.add(file);
      else if (kind !== 'import-statement' || file !== LEDGER || resolveDir.startsWith(dirname(LEDGER)))
        return undefined;
      return { path: built(file), external: true, sideEffects: false };
    });
  },
};

/**
 * What the argument parser loads to measure and wrap text (60 ms, most of it tables of emoji), for help that is seldom printed: loaded when it is called.
 * Required modules are bundled too, and run at their first call.
 */
const helpWhenAsked = {
  name: 'help when it is asked for',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(cliui|string-width)$/ }, ({ kind, path, resolveDir }) =>
      kind === 'import-statement' ? { path, namespace: 'when asked', pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /./, namespace: 'when asked' }, ({ path, pluginData }) => ({
      contents: `export default (...given) => require('${path}').default(...given);`,
      resolveDir: pluginData,
    }));
  },
};

const packages = new Set();
for (const entry of entries) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outbase: source,
    outdir: join(root, 'dist'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: Object.keys(dependencies).filter((name) => !BUNDLED.includes(name)),
    plugins: [entriesOutside, helpWhenAsked],
    // The argument parser's helpers are in the older module form and ask for `require`.
    banner: entry.endsWith('main.ts')
      ? { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" }
      : {},
    metafile: true,
    logLevel: 'warning',
  });
  for (const input of Object.keys(metafile.inputs)) {
    const [, folder] = /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (folder !== undefined) packages.add(folder);
  }
}
rmSync(join(root, 'dist', 'licenses'), { recursive: true, force: true });
for (const folder of packages) {
  const target = join(root, 'dist', 'licenses', folder.slice('node_modules/'.length));
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(join(root, folder)).filter((name) => /^licen[cs]e/i.test(name))) {
    cpSync(join(root, folder, file), join(target, file));
  }
}
