/** RIFF/WAVE files with 16-bit PCM, one channel: read them, and make their header. */

export interface WavAudio {
  readonly sampleRateHz: number
  readonly samples: Int16Array
}

const pcmFormat = 1

/** Bytes of {@link wavHeader}. */
export const wavHeaderBytes = 44

/** What stands before so many bytes of 16-bit samples, one channel. */
export function wavHeader(dataBytes: number, sampleRateHz: number): Uint8Array {
  const bytes = new Uint8Array(wavHeaderBytes)
  const view = new DataView(bytes.buffer)
  const tag = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at)
  tag(0, 'RIFF')
  view.setUint32(4, wavHeaderBytes - 8 + dataBytes, true)
  tag(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, pcmFormat, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, sampleRateHz, true)
  view.setUint32(28, sampleRateHz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  tag(36, 'data')
  view.setUint32(40, dataBytes, true)
  return bytes
}

/** Null if the bytes are anything but 16-bit mono PCM. */
export function readWav(bytes: Uint8Array): WavAudio | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12 || tagAt(bytes, 0) !== 'RIFF' || tagAt(bytes, 8) !== 'WAVE') return null
  let sampleRateHz = 0
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true)
    const content = at + 8
    if (tagAt(bytes, at) === 'fmt ' && content + 16 <= bytes.length) {
      const isReadable =
        view.getUint16(content, true) === pcmFormat &&
        view.getUint16(content + 2, true) === 1 &&
        view.getUint16(content + 14, true) === 16
      if (!isReadable) return null
      sampleRateHz = view.getUint32(content + 4, true)
    }
    if (tagAt(bytes, at) === 'data') {
      if (sampleRateHz === 0) return null
      // Programs that write to a pipe leave an impossible size; the file's end is the data's end then.
      const count = Math.min(size, bytes.length - content) >> 1
      const samples = new Int16Array(count)
      for (let index = 0; index < count; index++) samples[index] = view.getInt16(content + index * 2, true)
      return { sampleRateHz, samples }
    }
    at = content + size + (size & 1)
  }
  return null
}

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4))
}
