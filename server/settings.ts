/**
 * The settings of the server process, from flags, environment, settings file and defaults, in that order. Pure: the
 * caller hands in the arguments, the environment and a way to read a file.
 */
import { parseArgs } from 'node:util'
import { parse as parseYaml } from 'yaml'
import { describeProblems, EngineError, type Problem } from '../engine/errors.ts'
import { type CommandFlags, commandFlagTypes, noFlags, readCommandFlags } from './command-flags.ts'
import { type SettingName, settingNames, settingTable } from './settings-table.ts'

export const commands = ['run', 'apply', 'export', 'simulate', 'help', 'version'] as const
export type Command = (typeof commands)[number]

export interface Settings {
  /** Path of a center definition to apply; null: the sample center, only into an empty database. */
  readonly center: string | null
  readonly databaseUrl: string
  readonly sipListen: readonly string[]
  readonly sipAdvertise: readonly string[]
  /** Paths of PEM files; null: no TLS, or no authority of our own. */
  readonly sipTlsCert: string | null
  readonly sipTlsKey: string | null
  readonly sipTlsCa: string | null
  readonly promptsFolder: string | null
  /** Null: `recordings` in the data folder. */
  readonly recordingsFolder: string | null
  readonly rtpPorts: { readonly minPort: number; readonly maxPort: number }
  readonly httpHost: string
  readonly httpPort: number
  readonly httpOrigins: readonly string[]
  /** Null: generated at the first start. */
  readonly adminPassword: string | null
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly demo: boolean
}

/** What the person typed: a command, what follows it, and the settings. */
export interface Invocation {
  readonly command: Command
  readonly operands: readonly string[]
  readonly settings: Settings
  /** The running server that `apply` and `export` talk to; null: the database itself. */
  readonly remote: { readonly url: string; readonly apiKey: string | null } | null
  /** For a server that is named otherwise. */
  readonly apiKey: string | null
  /** What belongs to the command alone. */
  readonly flags: CommandFlags
}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings alone; see {@link readInvocation}.
 * @throws EngineError `config.invalid` with one {@link Problem} per fault.
 */
export function readSettings(argv: readonly string[], env: Environment, readFile: (path: string) => string): Settings {
  return readInvocation(argv, env, readFile).settings
}

/**
 * Reads a command line.
 * @param argv What follows the program's name.
 * @param readFile Reads a text file; its errors become the problem's words.
 * @throws EngineError `config.invalid` with one {@link Problem} per fault.
 */
export function readInvocation(
  argv: readonly string[],
  env: Environment,
  readFile: (path: string) => string,
): Invocation {
  const { flags, positionals } = readFlags(argv)
  const nothing = { operands: [], settings: defaults(), remote: null, apiKey: null, flags: noFlags }
  if (flags.help === true) return { command: 'help', ...nothing }
  if (flags.version === true) return { command: 'version', ...nothing }

  const [word = 'run', ...operands] = positionals
  const command = commands.find(known => known === word)
  const problems: Problem[] = []
  if (command === undefined) problems.push({ path: 'command', value: word, allowed: 'apply, export, simulate or none' })
  const expected = command === 'apply' || command === 'simulate' ? 1 : 0
  if (command !== undefined && operands.length !== expected)
    problems.push({ path: command, value: operands.join(' '), allowed: expected === 1 ? 'one FILE' : 'no arguments' })

  const commandFlags = readCommandFlags(flags, command, problems)

  const file = typeof flags.config === 'string' ? readSettingsFile(flags.config, readFile, problems) : {}
  const settings: Record<string, unknown> = { ...defaults() }
  for (const name of settingNames) {
    const setting = settingTable[name]
    const source = sourceOf(name, flags, env, file, typeof flags.config === 'string' ? flags.config : '')
    if (source === null) continue
    const parsed = setting.parse(source.value)
    if (parsed === undefined) {
      const value = setting.secret === true ? '(secret)' : source.value
      problems.push({ ...source.where, value, allowed: setting.allowed })
    } else settings[name] = parsed
  }
  if (problems.length > 0 || command === undefined)
    throw new EngineError('config.invalid', describeProblems(problems), { problems })

  const url = env.STROWGER_URL || null
  return {
    command,
    operands,
    settings: settings as unknown as Settings,
    remote: url === null ? null : { url, apiKey: env.STROWGER_API_KEY || null },
    apiKey: env.STROWGER_API_KEY || null,
    flags: commandFlags,
  }
}

/** The text of `--help`. */
export function helpText(): string {
  const lines = settingNames.map(name => {
    const { flag, env, fallbackText, about, isSwitch } = settingTable[name]
    const left = `  --${flag}${isSwitch === true ? '' : ' VALUE'}`
    return `${left.padEnd(26)}${env.padEnd(17)}${about}${fallbackText === '' ? '' : ` (default: ${fallbackText})`}`
  })
  return [
    'strowger                  run the contact center',
    'strowger apply FILE       apply a center definition (YAML or JSON)',
    'strowger export           print the center definition in force, without secrets',
    '  --journal [--from INSTANT] [--to INSTANT]   in its place the journal, one event in each line',
    'strowger simulate FILE    simulate a scenario (YAML or JSON) and print its figures; --json: as JSON',
    '  --replay JOURNAL        the calls of a recorded journal: a file, or http://… of a running server',
    '  --plot FILE             a chart of the day as well: .svg or .html',
    '  --through sip           through the whole SIP stack in place of virtual legs',
    '',
    'apply and export talk to STROWGER_URL with STROWGER_API_KEY, or, without STROWGER_URL, to the database.',
    '',
    'Flag > environment > settings file > default:',
    ...lines,
    `${'  --config FILE'.padEnd(43)}settings file, JSON or YAML, the same keys in camelCase`,
    '  --help, --version',
    '',
  ].join('\n')
}

type Flags = Readonly<Record<string, string | boolean | undefined>>

function readFlags(argv: readonly string[]): { flags: Flags; positionals: readonly string[] } {
  const options: Record<string, { type: 'string' | 'boolean' }> = {
    config: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
    version: { type: 'boolean' },
    ...commandFlagTypes,
  }
  for (const name of settingNames)
    options[settingTable[name].flag] = { type: settingTable[name].isSwitch === true ? 'boolean' : 'string' }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
    return { flags: values as Flags, positionals }
  } catch (error) {
    const given = argv.find(word => word.startsWith('-') && !Object.hasOwn(options, word.slice(2).split('=')[0] ?? ''))
    const known = Object.keys(options).map(name => `--${name}`)
    const problem =
      given === undefined
        ? { path: 'command line', value: argv.join(' '), allowed: (error as Error).message }
        : { path: 'command line', value: given, allowed: known.join(', ') }
    throw new EngineError('config.invalid', describeProblems([problem]), { problems: [problem] })
  }
}

function readSettingsFile(
  path: string,
  readFile: (path: string) => string,
  problems: Problem[],
): Readonly<Record<string, unknown>> {
  let content: unknown
  try {
    content = parseYaml(readFile(path))
  } catch (error) {
    const words = (error as Error).message.split('\n')[0] ?? ''
    problems.push({ path: '--config', value: path, allowed: `a readable JSON or YAML file (${words})` })
    return {}
  }
  if (content === null || content === undefined) return {}
  if (typeof content !== 'object' || Array.isArray(content)) {
    problems.push({ file: path, path: '(root)', value: content, allowed: 'keys and values' })
    return {}
  }
  for (const [key, value] of Object.entries(content))
    if (!(settingNames as readonly string[]).includes(key))
      problems.push({ file: path, path: key, value, allowed: `the keys ${settingNames.join(', ')}` })
  return content as Readonly<Record<string, unknown>>
}

function sourceOf(
  name: SettingName,
  flags: Flags,
  env: Environment,
  file: Readonly<Record<string, unknown>>,
  filePath: string,
): { value: unknown; where: { path: string; file?: string } } | null {
  const setting = settingTable[name]
  const flag = flags[setting.flag]
  if (flag !== undefined) return { value: flag, where: { path: `--${setting.flag}` } }
  // An empty variable is how a shell or a compose file says "not set".
  const variable = env[setting.env]
  if (variable !== undefined && variable !== '') return { value: variable, where: { path: setting.env } }
  const value = file[name]
  return value === undefined || value === null ? null : { value, where: { file: filePath, path: name } }
}

function defaults(): Settings {
  return Object.fromEntries(settingNames.map(name => [name, settingTable[name].fallback])) as unknown as Settings
}
