/** Door of the tag room: what people claim about addresses and transactions. */
export * from './confidence.ts';
export * from './conflict.ts';
export * from './tag.ts';
export { type CheckAddress, type ParsedTagPack, parseTagPack, TAG_FIELDS, type TagPackOptions } from './tagpack.ts';
export * from './taxonomy.ts';
export * from './write-tagpack.ts';
export { YAML_LIMITS, type YamlLimits } from './yaml.ts';
