/**
 * baresip as a phone with audio: it sends a tone of its own and records what it hears. Commanded over its `ctrl_tcp`
 * module. Its RTP sockets are bound to no address, so all its packets come from 127.0.0.1: it lives there.
 */
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { until } from './deadline.ts'
import { freePort, portTaken, type Transport } from './loopback.ts'
import { findProgram, runProgram, scratchFolder } from './program.ts'
import { type Recording, readRecording, silence } from './wav.ts'

export const baresipHost = '127.0.0.1'

const moduleFolder = ['/usr/lib/baresip/modules', '/usr/local/lib/baresip/modules'].find(existsSync)
export const baresipPath = moduleFolder === undefined ? null : findProgram('baresip')

/** As baresip's modules and account lines name them. */
export type BaresipCodec = 'pcmu' | 'pcma' | 'g722' | 'opus'

export interface BaresipOptions {
  /** Where the engine is: `host:port`. */
  readonly address: string
  readonly user: string
  /** Registers with it; without one it is a plain caller. */
  readonly password?: string
  readonly transport?: Transport | 'tls'
  /** Authority of the engine's certificate, PEM: baresip then believes no other. */
  readonly ca?: string
  /** In order of preference. Default: PCMU, PCMA. */
  readonly codecs?: readonly BaresipCodec[]
  /** The tone that it sends. */
  readonly toneHz?: number
  /** In its place: a WAV file of 48 kHz, 16 bits, one channel, from the answer on. */
  readonly speech?: string
  readonly answers?: 'auto' | 'manual'
  /** It registers by each of these at once, and keeps them all open (RFC 5626). */
  readonly ways?: readonly [Transport, Transport]
}

/** What baresip tells of itself: `CALL_RINGING`, `CALL_ESTABLISHED`, `CALL_CLOSED` and so on. */
interface BaresipEvent {
  readonly type: string
  readonly param: string
}

export class Baresip {
  readonly #folder: string
  readonly #control: Socket
  readonly #events: BaresipEvent[] = []
  #unread = Buffer.alloc(0)

  constructor(folder: string, control: Socket) {
    this.#folder = folder
    this.#control = control
    control.on('data', bytes => this.#read(bytes))
  }

  /**
   * Resolves when baresip has told `count` events of a type in all. It registers as it starts and tells nothing of
   * what it did before we could command it: whether it is registered, ask its registrar.
   */
  async waitFor(type: string, count = 1, timeoutMs = 30_000): Promise<void> {
    await until(`${count} × ${type}`, () => (this.told(type) >= count ? true : null), timeoutMs).catch(error => {
      throw new Error(`${error.message}; told so far: ${JSON.stringify(this.#events)}`)
    })
  }

  /** Events of a type that it has told so far. */
  told(type: string): number {
    return this.#events.filter(event => event.type === type).length
  }

  dial(uri: string): void {
    this.#command('dial', uri)
  }

  hold(): void {
    this.#command('hold')
  }

  resume(): void {
    this.#command('resume')
  }

  hangup(): void {
    this.#command('hangup')
  }

  /** Presses keys in its call, one after the other (RFC 4733). */
  press(keys: string): void {
    this.#command('sndcode', keys)
  }

  /** Sends whom it talks to elsewhere, blindly. */
  transfer(uri: string): void {
    this.#command('transfer', uri)
  }

  /** What it has heard so far in its only call. */
  heard(): Recording {
    const name = readdirSync(this.#folder).find(file => file.endsWith('-dec.wav'))
    return name === undefined ? silence : readRecording(join(this.#folder, name))
  }

  #command(command: string, params = ''): void {
    const json = JSON.stringify({ command, params, token: command })
    this.#control.write(`${Buffer.byteLength(json)}:${json},`)
  }

  /** Netstrings: `<length>:<JSON>,`. */
  #read(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes])
    for (;;) {
      const colon = this.#unread.indexOf(':')
      const length = Number(this.#unread.toString('latin1', 0, Math.max(0, colon)))
      if (colon < 0 || this.#unread.length < colon + 1 + length + 1) return
      const message = JSON.parse(this.#unread.toString('utf8', colon + 1, colon + 1 + length))
      this.#unread = this.#unread.subarray(colon + 1 + length + 1)
      if (message.event === true) this.#events.push({ type: message.type, param: message.param ?? '' })
    }
  }
}

/** Starts baresip; resolves when it can be commanded. It ends with the test. */
export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  const folder = scratchFolder()
  const heardFolder = join(folder, 'heard')
  mkdirSync(heardFolder)
  const [sipPort, controlPort] = [await freePort(baresipHost), await freePort(baresipHost)]
  const modules = ['g711', 'g722', 'opus', 'sndfile', 'ausine', 'aufile', 'aubridge'].map(name => `module ${name}.so`)
  const config = [
    `sip_listen ${baresipHost}:${sipPort}`,
    `net_interface ${baresipHost}`,
    `rtp_ports 30000-39998`,
    // With the buffer it stays deaf if another source sends (another SSRC) once the first one has sent a single packet.
    'jitter_buffer_delay 0-0',
    `audio_source ${options.speech === undefined ? `ausine,${options.toneHz}` : `aufile,${options.speech}`}`,
    // ausine knows only this rate; baresip resamples for the codec.
    'ausrc_srate 48000',
    `ausrc_channels ${options.speech === undefined ? 2 : 1}`,
    // A player that nobody listens to: what is heard is recorded before it, by sndfile.
    'audio_player aubridge,nowhere',
    'audio_alert aubridge,nowhere',
    `snd_path ${heardFolder}`,
    `module_path ${moduleFolder}`,
    ...modules,
    ...(options.ca === undefined ? [] : [`sip_cafile ${join(folder, 'ca.pem')}`, 'sip_verify_server yes']),
    // Who keeps several flows open has to say which device it is.
    ...(options.ways === undefined ? [] : ['module_tmp uuid.so']),
    'module_tmp account.so',
    'module_app menu.so',
    'module_app ctrl_tcp.so',
    `ctrl_tcp_listen ${baresipHost}:${controlPort}`,
  ]
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`)
  if (options.ca !== undefined) writeFileSync(join(folder, 'ca.pem'), options.ca)
  writeFileSync(join(folder, 'accounts'), `${accountOf(options)}\n`)
  runProgram(baresipPath ?? 'baresip', ['-f', folder], folder)
  await portTaken('tcp', baresipHost, controlPort)
  const control = connect(controlPort, baresipHost)
  onTestFinished(() => {
    control.destroy()
  })
  await once(control, 'connect')
  return new Baresip(heardFolder, control)
}

function accountOf({ address, user, password, transport, codecs, answers, ways }: BaresipOptions): string {
  const registration =
    password === undefined ? ['regint=0'] : [`auth_user=${user}`, `auth_pass=${password}`, 'regint=60']
  const parts = [`audio_codecs=${(codecs ?? ['pcmu', 'pcma']).join(',')}`, `answermode=${answers ?? 'auto'}`]
  const outbound = ways?.map(
    (way, index) => `outbound${index === 0 ? '' : index + 1}="sip:${address};transport=${way}"`,
  )
  const account = `<sip:${user}@${address};transport=${transport ?? 'udp'}>`
  return [account, ...registration, ...parts, ...(outbound === undefined ? [] : ['sipnat=outbound', ...outbound])].join(
    ';',
  )
}
