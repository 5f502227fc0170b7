/** Our own test contracts, compiled by solc once per version of their text; the result is kept in `.peers/`, which git does not. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Interface, type InterfaceAbi } from 'ethers';
import { projectPath } from './shared-data.ts';

/** A compiled contract. `bytecode` is what makes it, `0x` and hex. */
export interface Compiled {
  readonly abi: Interface;
  readonly bytecode: string;
}

interface Output {
  readonly errors?: ReadonlyArray<{ severity: string; formattedMessage: string }>;
  readonly contracts: Record<string, Record<string, { abi: InterfaceAbi; evm: { bytecode: { object: string } } }>>;
}

type Stored = Record<string, { abi: InterfaceAbi; bytecode: string }>;

const FOLDER = 'test/support/contracts';

/** Every contract of `test/support/contracts/`, by name. */
export function compiledContracts(): ReadonlyMap<string, Compiled> {
  const files = readdirSync(projectPath(FOLDER)).filter((name) => name.endsWith('.sol'));
  const sources = Object.fromEntries(
    files.sort().map((name) => [name, { content: readFileSync(projectPath(join(FOLDER, name)), 'utf8') }]),
  );
  const require = createRequire(import.meta.url);
  const { version } = require('solc/package.json') as { version: string };
  const input = {
    language: 'Solidity',
    sources,
    settings: {
      // Runs on the rules of Berlin and of every fork after it.
      evmVersion: 'berlin',
      optimizer: { enabled: true, runs: 200 },
      metadata: { appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const key = createHash('sha256')
    .update(JSON.stringify([version, input]))
    .digest('hex');
  const kept = projectPath(`.peers/contracts/${key}.json`);
  const stored = existsSync(kept) ? (JSON.parse(readFileSync(kept, 'utf8')) as Stored) : compile(input, kept);
  return new Map(
    Object.entries(stored).map(([name, { abi, bytecode }]) => [name, { abi: new Interface(abi), bytecode }]),
  );
}

function compile(input: object, kept: string): Stored {
  const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string };
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  const wrong = errors.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw new Error(wrong.map(({ formattedMessage }) => formattedMessage).join('\n'));
  const stored = Object.fromEntries(
    Object.values(contracts).flatMap((file) =>
      Object.entries(file).map(([name, { abi, evm }]) => [name, { abi, bytecode: `0x${evm.bytecode.object}` }]),
    ),
  );
  mkdirSync(projectPath('.peers/contracts'), { recursive: true });
  // Two test processes may compile at once: the name appears only when the file is whole.
  writeFileSync(`${kept}.${process.pid}`, JSON.stringify(stored));
  renameSync(`${kept}.${process.pid}`, kept);
  return stored;
}
