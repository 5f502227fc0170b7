/** Door of the tag room: what people claim about addresses and transactions. */
export * from './actor.ts';
export { ACTORS_SCHEMA, actorPackYaml, campaignInContext } from './actorpack.ts';
export * from './as-of.ts';
export type { TagFileOptions } from './collect.ts';
export * from './concept.ts';
export * from './confidence.ts';
export * from './conflict.ts';
export * from './parsed.ts';
export { readTagFile, STRICT_FORMATS, TAG_FORMATS, type TagFormat, tagFormatOf } from './read-tags.ts';
export type { CheckAccount, CheckAddress, Codecs } from './subject-of.ts';
export * from './tag.ts';
export { TagText } from './tag-text.ts';
export { type ParsedTagPack, parseTagPack, TAG_FIELDS, type TagPackOptions } from './tagpack.ts';
export * from './taxonomy.ts';
export * from './write-tagpack.ts';
export { readYaml, YAML_LIMITS, type YamlLimits, type YamlText } from './yaml.ts';
