/** Builds the dashboard into dist/dashboard, which the server serves; in development it talks to a server on 8080. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { outDir: '../dist/dashboard', emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 600 },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': server, '/readyz': server, '/socket.io': { target: server, ws: true } },
  },
})
