/**
 * How a number of a country is written within it (ITU-T E.164, national annexes): what is dialled before a foreign number, what before
 * a national one, and which numbers are national ones. Where nothing is said: "00", and "0", which falls away.
 */
interface Country {
  /** Before a foreign number. Default: `00`. */
  readonly international?: string
  /** Before a national one, but no part of it; empty: nothing. */
  readonly trunk: string
  /** The number itself, without any prefix. Anchored, without anything to try twice. */
  readonly national: RegExp
}

/** By country code. Only countries that write no "0" before their numbers, or keep it as a part of them. */
const countries: Readonly<Record<string, Country>> = {
  // North America: three digits of the area, three of the exchange, neither beginning with 0 or 1.
  '1': { international: '011', trunk: '1', national: /^[2-9]\d\d[2-9]\d{6}$/ },
  '7': { international: '810', trunk: '8', national: /^[3-9]\d{9}$/ },
  '30': { trunk: '', national: /^[26]\d{9}$/ },
  '34': { trunk: '', national: /^[5-9]\d{8}$/ },
  // Italy: the zero of a landline is a part of its number.
  '39': { trunk: '', national: /^(0[1-9]\d{6,9}|3\d{8,9})$/ },
  '45': { trunk: '', national: /^[2-9]\d{7}$/ },
  '47': { trunk: '', national: /^[2-9]\d{7}$/ },
  '48': { trunk: '', national: /^[1-9]\d{8}$/ },
  '52': { trunk: '', national: /^[1-9]\d{9}$/ },
  '65': { trunk: '', national: /^[3689]\d{7}$/ },
  '351': { trunk: '', national: /^[2379]\d{8}$/ },
  '420': { trunk: '', national: /^[2-9]\d{8}$/ },
  '852': { trunk: '', national: /^[2-9]\d{7}$/ },
}

const usual: Country = { trunk: '0', national: /^[1-9]\d*$/ }

/**
 * The digits of a number with its country code. Null if they can't be known to be a number of any country.
 * @param digits without separators and without "+"
 */
export function completeNumber(digits: string, countryCode: string | null): string | null {
  if (countryCode === null) return digits.startsWith('00') ? digits.slice(2) : null
  const { international = '00', trunk, national } = countries[countryCode] ?? usual
  if (digits.startsWith(international)) return digits.slice(international.length)
  // North America's own prefix is not what a network or a phone of another make may send.
  if (digits.startsWith('00')) return digits.slice(2)
  const isWithTrunk = trunk !== '' && digits.startsWith(trunk)
  const bare = isWithTrunk ? digits.slice(trunk.length) : digits
  if (national.test(bare) && (isWithTrunk || trunk !== usual.trunk)) return countryCode + bare
  return national.test(digits) && trunk !== usual.trunk ? countryCode + digits : null
}
