import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { breaking, changelog, changes } from '../changes.mjs'

const schema = (text) => `
  type Query { pet(name: String, id: ID @deprecated(reason: "Use name.")): Pet, pets: [Pet!]!, node: Node }
  interface Node { id: ID! }
  type Pet { name: String!, old: String @deprecated(reason: "Use name."), size: Size }
  type Toy implements Node { id: ID! }
  enum Size { SMALL, LARGE, TINY @deprecated(reason: "Use SMALL.") }
  input PetInput { name: String!, size: Size, kind: String @deprecated(reason: "Use size.") }
  type Mutation { make(input: PetInput!): Pet, end: Pet }
  ${text ?? ''}`
const before = schema()

/** The schema with a part of it in another form. */
function changed(part, other) {
  assert.ok(before.includes(part), part)
  return before.replace(part, other)
}

describe('breaks', () => {
  for (const [name, after] of Object.entries({
    'a field that is gone': changed('size: Size }\n  type Toy', '}\n  type Toy'),
    'a field of another type': changed('pets: [Pet!]!', 'pets: [String!]!'),
    'a field that may be null now': changed('pets: [Pet!]!', 'pets: [Pet!]'),
    'an argument that is gone': changed('name: String, id: ID', 'id: ID'),
    'an argument that must be given': changed('pet(name: String', 'pet(size: Size!, name: String'),
    'an input field that must be given': changed('PetInput { name: String!', 'PetInput { name: String!, age: Int!'),
    'an input field that is gone': changed('PetInput { name: String!, size: Size,', 'PetInput { name: String!,'),
    'a value that is gone': changed('LARGE,', ''),
    'a field that is gone, and its type described': changed('size: Size }\n  type Toy', '}\n  type Toy').replace('type Pet', '"A pet." type Pet'),
    'an argument that is gone, and its field described': changed('pet(name: String, id: ID', '"One." pet(id: ID'),
    'a field that is gone, and an interface of its type new': changed('size: Size }\n  type Toy', '}\n  type Toy').replace(
      'type Pet {',
      'type Pet implements Node { id: ID!,',
    ),
    'a type that only an interface leads to': changed('type Toy implements Node { id: ID! }', ''),
  })) {
    test(name, async () => assert.ok(breaking(await changes(before, after)).length > 0))
  }
})

describe('breaks nothing', () => {
  for (const [name, after] of Object.entries({
    'a new field': changed('type Pet {', 'type Pet { age: Int,'),
    'a new type': schema('type Cat { name: String }'),
    'an argument that may be given': changed('pet(name: String', 'pet(size: Size, name: String'),
    'an input field that may be given': changed('PetInput {', 'PetInput { age: Int,'),
    'a new value': changed('enum Size {', 'enum Size { HUGE,'),
    'a deprecation': changed('size: Size }\n  type Toy', 'size: Size @deprecated(reason: "No.") }\n  type Toy'),
    'a deprecated argument that is gone': changed(', id: ID @deprecated(reason: "Use name.")', ''),
    'a deprecated field that is gone': changed('old: String @deprecated(reason: "Use name."), ', ''),
    'a deprecated input field that is gone': changed(', kind: String @deprecated(reason: "Use size.")', ''),
    'a deprecated value that is gone': changed(', TINY @deprecated(reason: "Use SMALL.")', ''),
  })) {
    test(name, async () => {
      const all = await changes(before, after)
      assert.ok(all.length > 0)
      assert.deepEqual(breaking(all), [])
    })
  }
})

test('what is new is told as a whole', async () => {
  const all = await changes(before, changed('type Query {', 'type Cat { "Its." name(long: Boolean): String } type Query { cat(name: String): Cat,'))
  assert.deepEqual(all.map(({ path }) => path).sort(), ['Cat', 'Query.cat'])
})

test('a description is no change', async () => {
  assert.deepEqual(await changes(before, changed('type Pet', '"A pet." type Pet')), [])
})

test('the changelog has the newest first, by what it means for clients', async () => {
  const second = changed('enum Size {', 'enum Size { HUGE,')
  const text = await changelog(
    [
      { name: '2026-01-01', text: before },
      { name: '2026-02-01', text: second },
    ],
    second.replace('pets: [Pet!]!', 'pets: [Pet!]').replace('type Pet {', 'type Pet { age: Int,'),
  )
  assert.equal(
    text.slice(text.indexOf('## ')),
    `## Not released yet

### Breaking

- Field \`Query.pets\` changed type from \`[Pet!]!\` to \`[Pet!]\`

### Safe

- Field \`age\` was added to object type \`Pet\`

## 2026-02-01

### To be looked at

- Enum value \`HUGE\` was added to enum \`Size\`

## 2026-01-01

The first: 3 queries, 2 mutations, 7 types in all.
`,
  )
})
