// Starts the BFF in front of accountgraph.
import { schemaOf, serve, stitch } from './bff.mjs'
import { billing } from './billing.mjs'

const url = `${process.env.BASE_URL ?? 'http://127.0.0.1:8080'}/graphql`
// The key is only to read the schema, where accountgraph asks for one; queries have the caller's.
const bff = await serve(stitch(url, await schemaOf(url, process.env.ACCOUNTGRAPH_API_KEY), [billing]), 4000)
console.log(`one schema of ${url} and billing: ${bff.url}`)
