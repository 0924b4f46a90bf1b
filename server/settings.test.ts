/** The table of settings: precedence, types, and the one clear line for each fault. */
import { describe, expect, it } from 'vitest'
import { helpText, readInvocation, readSettings } from './settings.ts'
import { settingNames, settingTable } from './settings-table.ts'

const noFile = (path: string): string => {
  throw new Error(`ENOENT: no such file or directory, open '${path}'`)
}

describe('settings', () => {
  it('has the documented defaults', () => {
    expect(readSettings([], {}, noFile)).toEqual({
      center: null,
      databaseUrl: 'pglite://./data',
      sipListen: ['udp://0.0.0.0:5060', 'tcp://0.0.0.0:5060'],
      sipAdvertise: [],
      sipTlsCert: null,
      sipTlsKey: null,
      sipTlsCa: null,
      promptsFolder: null,
      recordingsFolder: null,
      rtpPorts: { minPort: 10_000, maxPort: 20_000 },
      httpHost: '127.0.0.1',
      httpPort: 8080,
      httpOrigins: [],
      adminPassword: null,
      logLevel: 'info',
      demo: false,
    })
  })

  it.each([
    ['center', 'c.yaml', 'c.yaml'],
    ['databaseUrl', 'postgres://a:b@db/strowger', 'postgres://a:b@db/strowger'],
    ['databaseUrl', 'pglite://relative/data', 'pglite://relative/data'],
    ['databaseUrl', 'memory://', 'memory://'],
    ['sipListen', 'udp://[::1]:5070, tcp://127.0.0.1:0', ['udp://[::1]:5070', 'tcp://127.0.0.1:0']],
    ['sipListen', 'tls://0.0.0.0:5061', ['tls://0.0.0.0:5061']],
    ['sipTlsCert', 'cert.pem', 'cert.pem'],
    ['sipTlsKey', 'key.pem', 'key.pem'],
    ['sipTlsCa', 'ca.pem', 'ca.pem'],
    ['sipAdvertise', '203.0.113.5,2001:db8::5', ['203.0.113.5', '2001:db8::5']],
    ['promptsFolder', 'our/prompts', 'our/prompts'],
    ['rtpPorts', '30000-30100', { minPort: 30_000, maxPort: 30_100 }],
    ['httpHost', '0.0.0.0', '0.0.0.0'],
    ['httpPort', '0', 0],
    ['httpOrigins', 'https://CRM.example/,http://localhost:5173', ['https://crm.example', 'http://localhost:5173']],
    ['adminPassword', 'secret', 'secret'],
    ['logLevel', 'debug', 'debug'],
  ] as const)('reads %s from flag, environment and file alike', (name, written, expected) => {
    const { flag, env } = settingTable[name]
    expect(readSettings([`--${flag}`, written], {}, noFile)[name]).toEqual(expected)
    expect(readSettings([], { [env]: written }, noFile)[name]).toEqual(expected)
    expect(readSettings(['--config', 's.json'], {}, () => JSON.stringify({ [name]: written }))[name]).toEqual(expected)
  })

  it('lets a flag win over the environment, that over the file, that over the default', () => {
    const file = () => 'httpPort: 3\nlogLevel: warn\nhttpHost: file.example\nsipListen: ["udp://127.0.0.1:5062"]'
    const settings = readSettings(
      ['--config', 's.yaml', '--http-port', '1'],
      { HTTP_PORT: '2', LOG_LEVEL: 'error', HTTP_HOST: '' },
      file,
    )
    expect(settings).toMatchObject({ httpPort: 1, logLevel: 'error', httpHost: 'file.example' })
    expect(settings.sipListen).toEqual(['udp://127.0.0.1:5062'])
  })

  it.each([
    [['--http-port', 'x'], {}, '--http-port: got "x"; allowed: a port from 0 to 65535 (0: any free one)'],
    [[], { HTTP_PORT: '70000' }, 'HTTP_PORT: got "70000"; allowed: a port from 0 to 65535 (0: any free one)'],
    [[], { RTP_PORTS: '20000-10000' }, 'RTP_PORTS: got "20000-10000"; allowed: FIRST-LAST'],
    [[], { SIP_LISTEN: 'sctp://127.0.0.1:5060' }, 'SIP_LISTEN: got "sctp://127.0.0.1:5060"; allowed: udp://HOST:PORT'],
    [[], { SIP_LISTEN: 'udp://127.0.0.1:99999' }, 'SIP_LISTEN: got "udp://127.0.0.1:99999"'],
    [[], { LOG_LEVEL: 'loud' }, 'LOG_LEVEL: got "loud"; allowed: debug, info, warn, error, silent'],
    [[], { HTTP_ORIGINS: 'crm.example' }, 'HTTP_ORIGINS: got "crm.example"; allowed: origins such as'],
    [[], { DATABASE_URL: 'mysql://me:pw@db' }, 'DATABASE_URL: got "(secret)"; allowed: pglite://PATH'],
    [['--htp-port', '1'], {}, 'command line: got "--htp-port"; allowed: --config, --json, --help'],
    [['--http-port'], {}, 'command line: got "--http-port"'],
    [['run-away'], {}, 'command: got "run-away"; allowed: apply, export, simulate or none'],
    [['apply'], {}, 'apply: got ""; allowed: one FILE'],
    [['--config', 'gone.yaml'], {}, '--config: got "gone.yaml"; allowed: a readable JSON or YAML file (ENOENT'],
  ] as const)('refuses %j %j with one line', (argv, env, line) => {
    expect(() => readSettings(argv, env, noFile)).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(line) }),
    )
    try {
      readSettings(argv, env, noFile)
    } catch (error) {
      expect((error as Error).message.split('\n')).toHaveLength(1)
    }
  })

  it('names file and key of a fault in the settings file', () => {
    expect(() => readSettings(['--config', 's.yaml'], {}, () => 'httpPrt: 1')).toThrow(
      /^s\.yaml: httpPrt: got 1; allowed: the keys center, databaseUrl/,
    )
    expect(() => readSettings(['--config', 's.yaml'], {}, () => '- 1')).toThrow(/^s\.yaml: \(root\)/)
  })

  it('reads commands and the address of a running server', () => {
    const env = { STROWGER_URL: 'http://127.0.0.1:8080', STROWGER_API_KEY: 'stk_x' }
    expect(readInvocation(['apply', 'center.yaml'], env, noFile)).toMatchObject({
      command: 'apply',
      operands: ['center.yaml'],
      remote: { url: 'http://127.0.0.1:8080', apiKey: 'stk_x' },
    })
    expect(readInvocation(['export'], {}, noFile)).toMatchObject({ command: 'export', remote: null })
    expect(readInvocation(['--help'], {}, noFile).command).toBe('help')
    expect(readInvocation(['--version'], {}, noFile).command).toBe('version')
    expect(readInvocation(['--demo'], {}, noFile).settings.demo).toBe(true)
  })

  it('documents every setting in the help text', () => {
    for (const name of settingNames) {
      expect(helpText()).toContain(`--${settingTable[name].flag}`)
      expect(helpText()).toContain(settingTable[name].env)
    }
  })
})
