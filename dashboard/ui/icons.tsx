/** The icons, drawn on a 20-unit grid. Decorative: a word always stands beside them. */
const paths = {
  envelope: 'M3 5h14v10H3zM3 5.5l7 5.5 7-5.5',
  phone:
    'M6.6 3.2 8.4 6.9 6.7 8.6c.9 2 2.7 3.8 4.7 4.7l1.7-1.7 3.7 1.8v2.4c0 .8-.7 1.4-1.5 1.3C8.9 16.5 3.5 11.1 2.9 4.7 2.8 3.9 3.4 3.2 4.2 3.2z',
  bell: 'M10 3a4.5 4.5 0 0 1 4.5 4.5c0 4 1.5 5 1.5 5H4s1.5-1 1.5-5A4.5 4.5 0 0 1 10 3zM8.5 15.5a1.6 1.6 0 0 0 3 0',
  pause: 'M7.5 5v10M12.5 5v10',
  pencil: 'M4 16l.8-3.4L13.2 4.2a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.4 15.2z',
  minusCircle: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM7 10h6',
  checkCircle: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM7 10.2l2.2 2.2L13.2 8',
  circle: 'M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z',
  unplugged: 'M3 3l14 14M8.6 5.8A9 9 0 0 1 17 8.5M3 8.5a9 9 0 0 1 2.6-1.7M6 12a5.5 5.5 0 0 1 4-1.6M10 15.5h.01',
  clock: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6v4l2.6 1.8',
  alert: 'M10 3.5 17.3 16H2.7zM10 8.3v3.4M10 13.9h.01',
  warning: 'M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 6.5v4M10 13.3h.01',
  people:
    'M7.5 9.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.5 16c0-2.8 2.2-4.5 5-4.5s5 1.7 5 4.5M13 4.3a2.6 2.6 0 0 1 0 5M14.5 11.8c1.8.5 3 2 3 4.2',
  person: 'M10 9.8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 16.8c0-3 2.7-4.8 6-4.8s6 1.8 6 4.8',
  board: 'M3 4.5h14v11H3zM3 8.5h14M8 8.5v7',
  chart: 'M3.5 3.5v13h13M6 13l3.2-4 2.8 2.2 4-5.7',
  headset:
    'M4 12V10a6 6 0 0 1 12 0v2M4 11.5h2.5v4H5a1 1 0 0 1-1-1zM16 11.5h-2.5v4H15a1 1 0 0 0 1-1zM15 15.5c0 1.2-1.5 2-4 2',
  sliders: 'M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4',
  moon: 'M16 11.8A6.5 6.5 0 0 1 8.2 4a6.5 6.5 0 1 0 7.8 7.8z',
  sun: 'M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M15.7 4.3l-1.1 1.1M5.4 14.6l-1.1 1.1',
  external: 'M8 4.5H4.5v11h11V12M11.5 3.5h5v5M16.5 3.5 9.5 10.5',
  dots: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  search: 'M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM13 13l4 4',
  up: 'M6 11.5 10 7.5l4 4',
  down: 'M6 8.5l4 4 4-4',
  right: 'M8 5.5 12.5 10 8 14.5',
  left: 'M12 5.5 7.5 10 12 14.5',
  close: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  copy: 'M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4',
  key: 'M7.2 4a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2zM9.8 10.2l6 6M13 13.4l1.8-1.8M15 15.4l1.5-1.5',
  trash: 'M4 6h12M8 6V4h4v2M5.5 6l.7 10.5h7.6L14.5 6',
  leave: 'M8 4H4v12h4M12.5 6.5 16 10l-3.5 3.5M16 10H8',
} as const

export type IconName = keyof typeof paths

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  const weight = name === 'dots' ? 2.6 : 1.6
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={weight}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}

/** Available is the one state that is drawn full: it is what people look for. */
export function Dot({ size = 18 }: { readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="5.5" fill="currentColor" />
    </svg>
  )
}

/** The mark: the dial and finger stop of an automatic telephone. */
export function Brand({ size = 26 }: { readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--sw-text)" />
      <g fill="none" stroke="var(--sw-surface)" strokeWidth="2.6" strokeLinecap="round">
        <path d="M7 22a12 12 0 0 1 18 0" opacity=".45" />
        <path d="M10.5 24.5a7 7 0 0 1 11 0" opacity=".75" />
        <path d="M16 25 20.5 9" />
      </g>
      <circle cx="20.8" cy="8" r="2.4" fill="var(--sw-surface)" />
    </svg>
  )
}
