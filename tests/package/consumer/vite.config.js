// The page, and beside it the worker under a name that stays.

import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    rollupOptions: {
      input: { index: 'index.html', sw: 'sw.js' },
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
});
