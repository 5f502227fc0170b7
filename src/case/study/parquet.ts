/** A table as a Parquet file: texts as UTF-8, whole numbers as INT64, the rest as DOUBLE with the digits of the CSV. */
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { cellText, type DataColumn, type DataTable } from '../../report/index.ts';

/** The bytes of the file; the same table gives the same bytes. */
export function tableParquet(table: DataTable): Uint8Array {
  const columnData = table.columns.map((column, index) =>
    columnOf(
      column,
      table.rows.map((row) => row[index]),
    ),
  );
  return new Uint8Array(parquetWriteBuffer({ columnData, createdBy: 'spoor' }));
}

function columnOf({ name, type }: DataColumn, cells: ReadonlyArray<string | number | null>): ColumnSource {
  const texts = cells.map((cell) => (cell === null ? null : cellText(type, cell)));
  if (type === 'text') return { name, type: 'STRING', data: texts };
  if (type === 'count' || type === 'sat')
    return { name, type: 'INT64', data: texts.map((text) => (text === null ? null : BigInt(text))) };
  return { name, type: 'DOUBLE', data: texts.map((text) => (text === null ? null : Number(text))) };
}
