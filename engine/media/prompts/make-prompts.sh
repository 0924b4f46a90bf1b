#!/bin/sh
# Makes the English prompts with espeak-ng and sox: 16 kHz, 16-bit, mono, silence trimmed, quiet peaks.
# Needed only to change them: the WAV files are committed.
set -eu
cd "$(dirname "$0")/en"

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

# say NAME TEXT [SECONDS OF SILENCE AFTER IT]
say() {
  espeak-ng -v en-gb -s 150 -p 45 -w "$scratch/raw.wav" "$2"
  sox --no-dither -G "$scratch/raw.wav" -r 16000 -b 16 -c 1 "$scratch/trimmed.wav" \
    silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse
  sox --no-dither "$scratch/trimmed.wav" -t wavpcm -b 16 "$1.wav" \
    gain -n -9 fade t 0.005 0 0.01 pad 0 "${3:-0.06}"
}

say you-are-number 'you are number'
say you-are-next-in-line 'you are next, in line' 0.2
say in-line 'in line' 0.2
say hundred 'hundred'
say thank-you-for-waiting 'thank you, for waiting' 0.1
for number in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90; do
  say "number-$number" "$number"
done
