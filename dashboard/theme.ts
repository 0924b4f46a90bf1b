/**
 * The look: neutral ink and paper. Colour is kept for thresholds (DESIGN §12), so the primary colour is a grey and the
 * amber and red live in base.css, where only threshold marks use them.
 */
import { createTheme } from '@mantine/core'

const sans = 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'

export const theme = createTheme({
  fontFamily: sans,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
  headings: { fontFamily: sans, fontWeight: '600' },
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  colors: {
    ink: ['#f4f6f8', '#e6e9ee', '#cfd5dd', '#b0b9c5', '#8c97a6', '#6b7686', '#505a69', '#3a434f', '#232a33', '#12161b'],
    dark: [
      '#e8ebf0',
      '#b9c1cc',
      '#98a2b0',
      '#6b7583',
      '#39414c',
      '#2a313a',
      '#1f252c',
      '#171b21',
      '#101317',
      '#0a0c0f',
    ],
  },
})
