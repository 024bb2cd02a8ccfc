import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { thirdParty } from './scripts/third-party.ts'

const licences = thirdParty('THIRD-PARTY.txt')

export default defineConfig({
  plugins: [react(), licences.collect(), licences.write()],
  worker: { format: 'es', plugins: () => [licences.collect()] },
  build: {
    // The page reads its tabs before it renders (top-level await), and runs in today's browsers only.
    target: 'es2022',
    // Nothing inline: the Content-Security-Policy allows neither inline scripts nor data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      onLog(level, log, handler) {
        // "use no memo" speaks to React's compiler, which has run already when a package is published.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log)
      },
    },
  },
})
