#!/bin/sh
# Makes the prompts of each language with espeak-ng and sox: 16 kHz, 16-bit, mono, silence trimmed, quiet peaks.
# Needed only to change them: the WAV files are committed.
set -eu
cd "$(dirname "$0")"

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

# say NAME TEXT [SECONDS OF SILENCE AFTER IT], in the language and voice that are set
say() {
  espeak-ng -v "$voice" -s 150 -p 45 -w "$scratch/raw.wav" "$2"
  sox --no-dither -G "$scratch/raw.wav" -r 16000 -b 16 -c 1 "$scratch/trimmed.wav" \
    silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse
  sox --no-dither "$scratch/trimmed.wav" -t wavpcm -b 16 "$language/$1.wav" \
    gain -n -9 fade t 0.005 0 0.01 pad 0 "${3:-0.06}"
}

numbers='0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90'

language=en voice=en-gb
mkdir -p "$language"
say you-are-number 'you are number'
say you-are-next-in-line 'you are next, in line' 0.2
say in-line 'in line' 0.2
say hundred 'hundred'
say thank-you-for-waiting 'thank you, for waiting' 0.1
say wait-is-about 'the estimated wait is about'
say minutes 'minutes' 0.2
say one-minute 'one minute' 0.2
say wait-is-under-a-minute 'the estimated wait is less than a minute' 0.2
say wait-is-over-an-hour 'the estimated wait is more than an hour' 0.2
say welcome 'welcome' 0.2
say please-try-again 'sorry, please try again' 0.2
say please-hold 'please hold the line' 0.2
say we-are-closed 'we are closed at the moment. please call again during our opening hours' 0.2
say goodbye 'goodbye' 0.1
for number in $numbers; do
  say "number-$number" "$number"
done

# The ones come before the tens: 23 is number-3-and, number-20.
language=de voice=de
mkdir -p "$language"
say you-are-number 'Sie sind Nummer'
say you-are-next-in-line 'Sie sind als Nächstes an der Reihe' 0.2
say in-line 'in der Warteschlange' 0.2
say hundred 'hundert'
say thank-you-for-waiting 'vielen Dank für Ihre Geduld' 0.1
say wait-is-about 'die voraussichtliche Wartezeit beträgt etwa'
say minutes 'Minuten' 0.2
say one-minute 'eine Minute' 0.2
say wait-is-under-a-minute 'die voraussichtliche Wartezeit beträgt weniger als eine Minute' 0.2
say wait-is-over-an-hour 'die voraussichtliche Wartezeit beträgt mehr als eine Stunde' 0.2
say welcome 'willkommen' 0.2
say please-try-again 'bitte versuchen Sie es noch einmal' 0.2
say please-hold 'bitte bleiben Sie in der Leitung' 0.2
say we-are-closed 'zurzeit ist niemand da. bitte rufen Sie während unserer Öffnungszeiten wieder an' 0.2
say goodbye 'auf Wiederhören' 0.1
for number in $numbers; do
  say "number-$number" "$number"
done
for ones in 1:ein 2:zwei 3:drei 4:vier 5:fünf 6:sechs 7:sieben 8:acht 9:neun; do
  say "number-${ones%%:*}-and" "${ones#*:}und" 0
done
