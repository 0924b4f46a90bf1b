/** Headers that make a phone answer by itself; phones differ, so each agent's is told in its own way (FEATURES §1). */
import type { AgentConfig } from '../config.ts'

export type AutoAnswer = AgentConfig['autoAnswer']

type Header = readonly [name: string, value: string]

const none: readonly Header[] = []

/** @param style a header in words of its own is sent as it is. @param host our address as the phone knows it, IPv6 in brackets: the URI is only there because the grammar asks for one */
export function autoAnswerHeaders(style: AutoAnswer, host: string): readonly Header[] {
  if (typeof style === 'object') return [[style.header.toLowerCase(), style.value]]
  switch (style) {
    case 'call-info':
      return [['call-info', `<sip:${host}>;answer-after=0`]]
    case 'alert-info':
      return [['alert-info', `<http://${host}>;info=alert-autoanswer;delay=0`]]
    case 'none':
      return none
  }
}
