/** The table of settings: name, flag, variable, default, and how a written value becomes the real one. */

export interface Setting {
  readonly flag: string
  readonly env: string
  readonly fallback: unknown
  /** The default in words, for `--help`. */
  readonly fallbackText: string
  readonly about: string
  /** What a value may be, in words. */
  readonly allowed: string
  readonly secret?: true
  /** A flag without a value. */
  readonly isSwitch?: true
  /** The value, or undefined if it is not acceptable. */
  parse(value: unknown): unknown
}

export const settingNames = [
  'center',
  'databaseUrl',
  'sipListen',
  'sipAdvertise',
  'sipTlsCert',
  'sipTlsKey',
  'sipTlsCa',
  'promptsFolder',
  'recordingsFolder',
  'rtpPorts',
  'httpHost',
  'httpPort',
  'httpOrigins',
  'adminPassword',
  'logLevel',
  'demo',
] as const
export type SettingName = (typeof settingNames)[number]

const logLevels = ['debug', 'info', 'warn', 'error', 'silent']
const listener = /^(?:udp|tcp|tls):\/\/(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/
const origin = /^https?:\/\/(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?$/

export const settingTable: Readonly<Record<SettingName, Setting>> = {
  center: {
    flag: 'center',
    env: 'STROWGER_CENTER',
    fallback: null,
    fallbackText: 'a sample, only if the database is empty',
    about: 'center definition to apply',
    allowed: 'the path of a YAML or JSON file',
    parse: text,
  },
  databaseUrl: {
    flag: 'database-url',
    env: 'DATABASE_URL',
    fallback: 'pglite://./data',
    fallbackText: 'pglite://./data',
    about: 'where everything is kept',
    allowed: 'pglite://PATH, postgres://… or memory://',
    // A database URL carries a password.
    secret: true,
    parse: value => (typeof value === 'string' && isDatabaseUrl(value) ? value : undefined),
  },
  sipListen: {
    flag: 'sip-listen',
    env: 'SIP_LISTEN',
    fallback: ['udp://0.0.0.0:5060', 'tcp://0.0.0.0:5060'],
    fallbackText: 'udp://0.0.0.0:5060,tcp://0.0.0.0:5060',
    about: 'SIP sockets, comma list',
    allowed: 'udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT, separated by commas; an IPv6 host in brackets',
    parse: value => {
      const items = list(value)
      return items !== undefined && items.length > 0 && items.every(isListener) ? items : undefined
    },
  },
  sipAdvertise: {
    flag: 'sip-advertise',
    env: 'SIP_ADVERTISE',
    fallback: [],
    fallbackText: 'the address of the socket in use',
    about: 'hosts for Via, Contact and SDP',
    allowed: 'host names or addresses, separated by commas, at most one per address family',
    parse: value => {
      const items = list(value)
      return items?.every(item => /^[A-Za-z0-9.:[\]-]+$/.test(item)) ? items : undefined
    },
  },
  sipTlsCert: {
    flag: 'sip-tls-cert',
    env: 'SIP_TLS_CERT',
    fallback: null,
    fallbackText: '',
    about: 'certificate for SIP by TLS, with those between it and its authority',
    allowed: 'the path of a PEM file',
    parse: text,
  },
  sipTlsKey: {
    flag: 'sip-tls-key',
    env: 'SIP_TLS_KEY',
    fallback: null,
    fallbackText: '',
    about: 'the key of that certificate',
    allowed: 'the path of a PEM file',
    parse: text,
  },
  sipTlsCa: {
    flag: 'sip-tls-ca',
    env: 'SIP_TLS_CA',
    fallback: null,
    fallbackText: '',
    about: "authorities of trunks' certificates (mutual TLS)",
    allowed: 'the path of a PEM file',
    parse: text,
  },
  promptsFolder: {
    flag: 'prompts-folder',
    env: 'PROMPTS_FOLDER',
    fallback: null,
    fallbackText: 'none',
    about: 'WAV files that take the place of the built-in prompts',
    allowed: 'the path of a folder',
    parse: text,
  },
  recordingsFolder: {
    flag: 'recordings-folder',
    env: 'RECORDINGS_FOLDER',
    fallback: null,
    fallbackText: 'recordings in the data folder',
    about: "callers' messages, as WAV files",
    allowed: 'the path of a folder; it is made if it is not there',
    parse: text,
  },
  rtpPorts: {
    flag: 'rtp-ports',
    env: 'RTP_PORTS',
    fallback: { minPort: 10_000, maxPort: 20_000 },
    fallbackText: '10000-20000',
    about: 'UDP ports for audio',
    allowed: 'FIRST-LAST, two ports between 1024 and 65535',
    parse: portRange,
  },
  httpHost: {
    flag: 'http-host',
    env: 'HTTP_HOST',
    fallback: '127.0.0.1',
    fallbackText: '127.0.0.1',
    about: 'address of dashboard and REST',
    allowed: 'a host name or address',
    parse: value => (typeof value === 'string' && /^[A-Za-z0-9.:-]+$/.test(value) ? value : undefined),
  },
  httpPort: {
    flag: 'http-port',
    env: 'HTTP_PORT',
    fallback: 8080,
    fallbackText: '8080',
    about: 'port of dashboard and REST',
    allowed: 'a port from 0 to 65535 (0: any free one)',
    parse: value => port(value, 0),
  },
  httpOrigins: {
    flag: 'http-origins',
    env: 'HTTP_ORIGINS',
    fallback: [],
    fallbackText: 'none',
    about: 'further origins for Socket.IO and SIP over WebSocket',
    allowed: 'origins such as https://crm.example, separated by commas',
    parse: value => {
      const items = list(value)?.map(item => item.replace(/\/$/, '').toLowerCase())
      return items?.every(item => origin.test(item)) ? items : undefined
    },
  },
  adminPassword: {
    flag: 'admin-password',
    env: 'ADMIN_PASSWORD',
    fallback: null,
    fallbackText: 'generated and printed once',
    about: "the user admin's password",
    allowed: 'text of 1 to 1024 characters',
    secret: true,
    parse: value => (typeof value === 'string' && value.length > 0 && value.length <= 1024 ? value : undefined),
  },
  logLevel: {
    flag: 'log-level',
    env: 'LOG_LEVEL',
    fallback: 'info',
    fallbackText: 'info',
    about: 'how much is logged',
    allowed: logLevels.join(', '),
    parse: value => (typeof value === 'string' && logLevels.includes(value) ? value : undefined),
  },
  demo: {
    flag: 'demo',
    env: 'STROWGER_DEMO',
    fallback: false,
    fallbackText: '',
    about: 'simulated phones that call and answer',
    allowed: 'true or false',
    isSwitch: true,
    parse: value => ({ true: true, false: false, 1: true, 0: false })[String(value)],
  },
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A comma list, or a list of strings in a settings file. */
function list(value: unknown): string[] | undefined {
  const items = typeof value === 'string' ? value.split(',') : value
  if (!Array.isArray(items) || !items.every(item => typeof item === 'string')) return undefined
  return items.map(item => item.trim()).filter(item => item !== '')
}

function port(value: unknown, lowest: number): number | undefined {
  const written = String(value)
  const number = /^\d{1,5}$/.test(written) ? Number(written) : Number.NaN
  return number >= lowest && number <= 65_535 ? number : undefined
}

function portRange(value: unknown): { minPort: number; maxPort: number } | undefined {
  const [first, last, ...rest] = String(value).split('-')
  const minPort = port(first, 1024)
  const maxPort = port(last, 1024)
  if (rest.length > 0 || minPort === undefined || maxPort === undefined || minPort >= maxPort) return undefined
  return { minPort, maxPort }
}

function isListener(item: string): boolean {
  const match = listener.exec(item)
  return match !== null && port(match[2], 0) !== undefined
}

function isDatabaseUrl(value: string): boolean {
  return /^(?:pglite:\/\/.+|postgres(?:ql)?:\/\/.+|memory:\/\/)$/.test(value)
}
