// What graphql-codegen makes of the operations in src/: their types, and the file of trusted documents.
import type { CodegenConfig } from '@graphql-codegen/cli'
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset'

const config: CodegenConfig = {
  importExtension: '.js',
  schema: '../../graph/testdata/schema.golden.graphqls',
  documents: ['src/**/*.ts', '!src/generated/**'],
  generates: {
    './src/generated/': {
      preset: 'client',
      // Normalized caches ask for the __typename of everything: so does the text that the server trusts.
      documentTransforms: [addTypenameSelectionDocumentTransform],
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: 'sha256' },
      },
      config: {
        // A scalar that is missing here is an error, not an `any`.
        strictScalars: true,
        scalars: {
          ID: 'string',
          CountryCode: 'string',
          CurrencyCode: 'string',
          Cursor: 'string',
          Date: 'string',
          DateTime: 'string',
          Decimal: { input: 'string | number', output: 'string' },
          Domain: 'string',
          EmailAddress: 'string',
          JSON: 'Record<string, unknown>',
          PhoneNumber: 'string',
          URL: 'string',
          Upload: 'Blob',
          // For gateways.
          _Any: 'unknown',
          federation__FieldSet: 'string',
          link__Import: 'string',
        },
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
}

export default config
