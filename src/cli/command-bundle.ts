/** `bundle create` and `bundle verify`: parse, call one verb, render. */
import type { Argv } from 'yargs';
import { type BundleCheck, createBundle, verifyBundle, withCase } from '../case/index.ts';
import { SpoorError } from '../ledger/index.ts';
import { checkLines } from './check-lines.ts';
import { type GlobalOptions, handler, print, printJson, say } from './io.ts';

/** Adds the commands. */
export function bundleCommand(yargs: Argv<GlobalOptions>): Argv<GlobalOptions> {
  return yargs.command('bundle', 'hand a trace on as evidence, and check one that was handed on', (bundle) =>
    bundle
      .command('create <folder>', 'write case, documents and the chain of steps', createOptions, handler(create))
      .command('verify <folder>', 'hash, recompute and rewrite everything in a bundle', verifyOptions, handler(verify))
      .demandCommand(1, 'bundle create FOLDER, or bundle verify FOLDER'),
  );
}

function createOptions(yargs: Argv): Argv {
  return yargs
    .positional('folder', { type: 'string', demandOption: true, describe: 'new folder to write' })
    .option('run', { type: 'string', requiresArg: true, describe: 'run id or its beginning; the latest if left out' })
    .option('title', { type: 'string', requiresArg: true, default: 'Trace report', describe: 'title of the document' })
    .example('$0 bundle create evidence --title "Case 7"', 'prints the digest to note or to sign');
}

function create(args: GlobalOptions & { folder: string; run?: string; title: string }): void {
  withCase(args.case, { create: false }, (context) => {
    const { folder, title, run = null } = args;
    const { manifest, manifestSha256 } = createBundle(context, { folder, title, run });
    if (args.json) {
      printJson({ schema: 'spoor.bundle-outcome/1', folder, manifestSha256, manifest });
      return;
    }
    print(`run ${manifest.run}: ${manifest.files.length + 1} files, ${manifest.chain.steps} steps`);
    print(`sha256 of the manifest: ${manifestSha256}`);
    say(args, 'note that digest elsewhere: who checks the bundle gives it with --manifest-sha256');
  });
}

function verifyOptions(yargs: Argv): Argv {
  return yargs
    .positional('folder', { type: 'string', demandOption: true, describe: 'folder that spoor bundle create wrote' })
    .option('manifest-sha256', {
      type: 'string',
      requiresArg: true,
      describe: 'digest of the manifest that was noted when the bundle was made',
    })
    .option('bodies', {
      type: 'string',
      array: true,
      requiresArg: true,
      default: [],
      describe: 'folders of block files that are kept outside the case',
    })
    .example('$0 bundle verify evidence --manifest-sha256 DIGEST', 'exit code 6 and the name of what differs');
}

function verify(args: GlobalOptions & { folder: string; manifestSha256?: string; bodies: string[] }): void {
  const { folder, bodies, manifestSha256 = null } = args;
  const document = verifyBundle({ folder, bodies, manifestSha256 });
  if (args.json) printJson(document);
  else printChecks(document);
  if (!document.ok) throw new SpoorError('VERIFY_FAILED', 'the bundle is not what it claims to be', { file: folder });
}

function printChecks({ checks, run, manifestSha256 }: BundleCheck): void {
  for (const line of checkLines(checks)) print(line);
  print(`run ${run}, manifest ${manifestSha256}`);
}
