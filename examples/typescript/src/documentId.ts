import type { DocumentNode } from 'graphql'

/** The id by which the server knows a document of generated/persisted-documents.json: sha256: and the hash of its text. */
export function documentId(document: DocumentNode): string {
  const { __meta__: meta } = document as { __meta__?: { hash: string } }
  if (!meta) throw new Error('the document was not made by graphql-codegen')
  return meta.hash
}
