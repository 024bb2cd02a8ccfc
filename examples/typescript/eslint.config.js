// No `any`, written or got from a library; nor in the types that are made of the operations, whose own comments can't turn this off.
// gql.ts finds a document by its text, and is as the generator writes it.
import eslint from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import typescript from 'typescript-eslint'

export default defineConfig(
  globalIgnores(['build/', 'src/generated/gql.ts']),
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' } },
  {
    files: ['**/*.ts'],
    ignores: ['src/generated/'],
    extends: [eslint.configs.recommended, typescript.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // What `test` answers is for nested tests.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: ['test'], package: 'node:test' }] }],
    },
  },
  {
    files: ['src/generated/graphql.ts'],
    extends: [typescript.configs.base],
    rules: { '@typescript-eslint/no-explicit-any': 'error' },
  },
)
