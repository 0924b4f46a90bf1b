import { describe, expect, it } from 'vitest'
import { type Column, jsonText, parametersOf, upsertOf } from './columns.ts'

interface Row {
  readonly id: string
  readonly size: number | null
}
const columns: readonly Column<Row>[] = [
  { name: 'id', type: 'text', value: row => row.id },
  { name: 'size', type: 'integer', value: row => row.size },
]

describe('columns as parameters', () => {
  it('joins the values of each column', () => {
    expect(parametersOf(columns, [])).toEqual(['', ''])
    const rows = [
      { id: 'a', size: 0 },
      { id: '', size: null },
    ]
    expect(parametersOf(columns, rows)).toEqual(['a\u001f\u001e', '0\u001f\u001e'])
  })

  it('lets no value change where another begins', () => {
    const [ids] = parametersOf(columns, [{ id: 'a\u001fb\u001ec\u0000d\ud800', size: 1 }])
    expect(ids).toBe('a\ufffdb\ufffdc\ufffdd\ufffd')
  })

  it('makes an upsert of every column but the keys', () => {
    expect(upsertOf('things', columns, ['id'], 2, { batch: '7' })).toBe(
      'insert into things (tenant, id, size, batch) select $1 as tenant, id, size::integer, 7 from unnest(' +
        "string_to_array($2::text, E'\\x1f', E'\\x1e'), string_to_array($3::text, E'\\x1f', E'\\x1e')) " +
        'as given(id, size) on conflict (tenant, id) do update set size = excluded.size, batch = excluded.batch',
    )
  })
})

describe('JSON for jsonb', () => {
  it('is plain JSON', () => {
    const value = { name: 'Zoë "🦊" \\u0000', list: [1, null, true], empty: {} }
    expect(jsonText(value)).toBe(JSON.stringify(value))
  })

  it('replaces what jsonb refuses, in keys too, and leaves what only looks like it', () => {
    const value = { 'k\u0000': ['a\u0000', { deep: '\udc00' }], fine: '\\u0000', tab: '\u0009\u001f', none: undefined }
    expect(JSON.parse(jsonText(value))).toEqual({
      'k\ufffd': ['a\ufffd', { deep: '\ufffd' }],
      fine: '\\u0000',
      tab: '\u0009\u001f',
    })
  })
})
