#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Draws what tfs bench has written into a folder:
#	plot.sh FOLDER
# latency.svg: round trips by size, a channel's beside what else there is.
# waiting.svg: what share of the messages takes how long, by how the ends wait.
set -euo pipefail

folder=$1
table=$folder/bench.tsv
histograms=$folder/histograms.dat

command -v gnuplot >/dev/null || { echo "no plots: gnuplot is not installed"; exit 0; }

colours=('#1b6ca8' '#d1495b' '#66a182' '#edae49' '#8d6a9f' '#2e4057' '#00798c')
common="
set encoding utf8
set style line 11 lc rgb '#8a8f94' lw 1
set border 3 ls 11
set tics nomirror textcolor rgb '#4a4f54'
set grid ytics lc rgb '#e4e7ea' lw 1
set key textcolor rgb '#33383d'
set datafile separator '\t'
"
terminal() { echo "set terminal svg size 940,520 font 'Helvetica,14' background '#ffffff'"; }

# points NAME: bytes and median microseconds of rows NAME-SIZE-p50, or NAME-BYTES
points() {
	awk -F'\t' -v name="$1" '
	function bytes(size) {
		return size == 0 ? 24 : size ~ /k$/ ? size * 1024 : size ~ /m$/ ? size * 1048576 : size
	}
	$2 != "-" && $3 == "us" && index($1, name "-") == 1 {
		size = substr($1, length(name) + 2)
		if (size ~ /^[0-9]+[km]?-p50$/) { sub(/-p50$/, "", size); print bytes(size) "\t" $2 }
		else if (name == "iceoryx" && size ~ /^[0-9]+$/) print size "\t" $2
	}' "$table"
}

# series NAME TITLE COLOUR DASH: a line, if there are points
series() {
	points "$1" >"$folder/points.$1"
	[ -s "$folder/points.$1" ] || return 0
	echo "'$folder/points.$1' using 1:2 with linespoints lc rgb '$3' lw 2.5 dt $4 pt 7 ps 0.6 title '$2', \\"
}

latency() {
	terminal
	echo "set output '$folder/latency.svg'"
	echo "$common"
	echo "set title 'A message there and back, median' textcolor rgb '#33383d' font 'Helvetica,17'"
	echo "set logscale x 2; set logscale y 10"
	echo "set xrange [20:1500000]"
	echo "set xtics ('header' 24, '64' 64, '256' 256, '1 KiB' 1024, '4 KiB' 4096, '32 KiB' 32768, '' 65536, '1 MiB' 1048576)"
	echo "set ytics ('100 ns' 0.1, '1 µs' 1, '10 µs' 10, '100 µs' 100, '1 ms' 1000, '10 ms' 10000)"
	echo "set xlabel 'bytes of the message' textcolor rgb '#4a4f54'"
	echo "set key outside right center vertical reverse Left samplen 2 spacing 1.4"
	echo "plot \\"
	series loop "bare loop, the same lines" "${colours[5]}" 2
	series call "channel, a server's" "${colours[0]}" 1
	series busy "channel, busy" "${colours[0]}" 1
	series iceoryx "iceoryx" "${colours[2]}" 1
	series mqueue "POSIX message queue" "${colours[3]}" 1
	series socket "Unix socket" "${colours[1]}" 1
	echo "NaN notitle"
}

# The ways of waiting of which there is a histogram after pauses
waits() { sed -n 's/^# \(.*\)-paced$/\1/p' "$histograms"; }

curves() {
	local suffix=$1 i=0 wait
	echo "plot \\"
	for wait in $(waits); do
		echo "'$histograms' index '$wait-$suffix' using 1:(\$2*100) with steps lc rgb '${colours[i]}' lw 2.5 title '$wait', \\"
		i=$(((i + 1) % ${#colours[@]}))
	done
	echo "NaN notitle"
}

waiting() {
	terminal
	echo "set output '$folder/waiting.svg'"
	echo "$common"
	echo "set multiplot layout 1,2 title 'A message of 64 bytes there and back, by how the ends wait' textcolor rgb '#33383d' font 'Helvetica,17'"
	echo "set logscale x 10; set xrange [0.1:20000]; set yrange [0:100]"
	echo "set xtics ('100 ns' 0.1, '1 µs' 1, '10 µs' 10, '100 µs' 100, '1 ms' 1000, '10 ms' 10000) rotate by -35"
	echo "set ytics 0,25,100 format '%g %%'; set key bottom right"
	echo "set title 'one after the other' textcolor rgb '#4a4f54'"
	curves 64
	echo "set title 'after a pause of 0.5 to 2.5 ms' textcolor rgb '#4a4f54'"
	echo "unset key"
	curves paced
	echo "unset multiplot"
}

latency >"$folder/latency.gp"
[ -z "$(waits)" ] || waiting >"$folder/waiting.gp"
for plot in "$folder"/*.gp; do
	gnuplot "$plot"
done
rm -f "$folder"/points.* "$folder"/*.gp
echo "plots: $(echo "$folder"/*.svg)"
