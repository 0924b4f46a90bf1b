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

# ring LANGUAGE ON OFF TONES: what a caller hears while the other side rings, one ring and the pause after it
ring() {
  sox --no-dither -n -r 16000 -b 16 -c 1 -t wavpcm "$1/ringback.wav" synth "$2" $4 gain -n -12 fade t 0.005 0 0.01 pad 0 "$3"
}

numbers='0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90'

language=en voice=en-gb
mkdir -p "$language"
ring en 1 2 'sine 400 sine 450 remix -'
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
say leave-a-message 'please leave a message after the tone' 0.2
say mailbox-full 'sorry, this mailbox is full' 0.2
say enter-your-number 'please enter your agent number, and then the hash key' 0.2
say enter-your-pin 'please enter your pin, and then the hash key' 0.2
say that-is-not-correct 'that is not correct' 0.2
say too-many-tries 'too many tries. please call again later' 0.2
say not-possible-now 'that is not possible now' 0.2
say nobody-is-signed-in 'nobody is signed in at this phone' 0.2
say you-are-signed-in 'you are signed in' 0.2
say you-are-signed-out 'you are signed out' 0.2
say you-are-available 'you are available' 0.2
say you-are-not-ready 'you are not ready' 0.2
say you-have-joined 'you have joined the queue' 0.2
say you-have-left 'you have left the queue' 0.2
say wrap-up-is-over 'your wrap up is over' 0.2
say callback-offer 'if you would like to be called back, without losing your place in line, press'
say callback-number 'we will call you back, on the number'
say callback-confirm 'press 1 to confirm, or stay on the line' 0.2
say callback-confirm-or-other 'press 1 to confirm, press 2 for another number, or stay on the line' 0.2
say callback-enter-number 'please enter the number, and then press the hash key' 0.2
say callback-number-not-possible 'sorry, we can not call that number' 0.2
say callback-accepted 'thank you. you keep your place in line, and we will call you back. goodbye' 0.2
say callback-greeting 'hello. this is the call that you asked for. please stay on the line' 0.2
say callback-calling 'please wait. the customer is being called' 0.3
for number in $numbers; do
  say "number-$number" "$number"
done

# The ones come before the tens: 23 is number-3-and, number-20.
language=de voice=de
mkdir -p "$language"
ring de 1 2 'sine 425'
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
say leave-a-message 'bitte hinterlassen Sie eine Nachricht nach dem Ton' 0.2
say mailbox-full 'dieses Postfach ist leider voll' 0.2
say enter-your-number 'bitte geben Sie Ihre Agentennummer ein, und dann die Raute-Taste' 0.2
say enter-your-pin 'bitte geben Sie Ihre Pin ein, und dann die Raute-Taste' 0.2
say that-is-not-correct 'das ist nicht richtig' 0.2
say too-many-tries 'zu viele Versuche. bitte rufen Sie später wieder an' 0.2
say not-possible-now 'das geht jetzt nicht' 0.2
say nobody-is-signed-in 'an diesem Telefon ist niemand angemeldet' 0.2
say you-are-signed-in 'Sie sind angemeldet' 0.2
say you-are-signed-out 'Sie sind abgemeldet' 0.2
say you-are-available 'Sie sind bereit' 0.2
say you-are-not-ready 'Sie sind nicht bereit' 0.2
say you-have-joined 'Sie sind in der Warteschlange angemeldet' 0.2
say you-have-left 'Sie sind aus der Warteschlange abgemeldet' 0.2
say wrap-up-is-over 'Ihre Nachbearbeitung ist beendet' 0.2
say callback-offer 'wenn Sie zurückgerufen werden möchten, ohne Ihren Platz in der Warteschlange zu verlieren, drücken Sie die'
say callback-number 'wir rufen Sie zurück unter der Nummer'
say callback-confirm 'zum Bestätigen drücken Sie die 1, oder bleiben Sie in der Leitung' 0.2
say callback-confirm-or-other 'zum Bestätigen drücken Sie die 1, für eine andere Nummer die 2, oder bleiben Sie in der Leitung' 0.2
say callback-enter-number 'bitte geben Sie die Nummer ein, und danach die Raute-Taste' 0.2
say callback-number-not-possible 'diese Nummer können wir leider nicht anrufen' 0.2
say callback-accepted 'vielen Dank. Sie behalten Ihren Platz in der Warteschlange, und wir rufen Sie zurück. auf Wiederhören' 0.2
say callback-greeting 'guten Tag. dies ist der Rückruf, um den Sie gebeten haben. bitte bleiben Sie in der Leitung' 0.2
say callback-calling 'bitte warten Sie. der Kunde wird angerufen' 0.3
for number in $numbers; do
  say "number-$number" "$number"
done
for ones in 1:ein 2:zwei 3:drei 4:vier 5:fünf 6:sechs 7:sieben 8:acht 9:neun; do
  say "number-${ones%%:*}-and" "${ones#*:}und" 0
done

# What an agent hears before the customer: the same in every language.
for language in en de; do
  sox --no-dither -n -r 16000 -c 1 -t wavpcm -b 16 "$language/zip-tone.wav" synth 0.2 sine 600 gain -n -12 fade t 0.01 0 0.01
done
