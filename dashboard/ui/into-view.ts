/** As a `ref`: what appears in answer to the reader is brought before his eyes, once. */
export function intoView(element: Element | null): void {
  element?.scrollIntoView({ block: 'center' })
}
