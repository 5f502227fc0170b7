/** Door of the studies: apart from that of the verbs, because what writes Parquet need not be loaded for them. */
export { type OrdersRequest, studyOrders } from './orders.ts';
export { checkStudyRequest, type StudyRequest } from './request.ts';
export {
  MANIFEST_NAME,
  type ReproducedFile,
  reproduceStudy,
  runStudy,
  type Study,
  type StudyCheck,
  type StudyGroup,
  type StudyManifest,
  writeStudy,
} from './study.ts';
export type { Comparison } from './tables.ts';
