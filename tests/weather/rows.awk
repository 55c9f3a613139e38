# SPDX-License-Identifier: GPL-2.0-only
#
# Turns seattle-weather.csv into C: the rows as `tfs compile weather.sql` lays
# them out, constants that firmware keeps in flash. Refuses what does not fit.

BEGIN {
	FS = ","
	print "/* Made from seattle-weather.csv by rows.awk: change those, not this. */"
	print "#include \"weather_run.h\"\n"
	print "const struct weather_weather weather_rows[] = {"
}

function refuse(what) {
	printf "%s:%d: %s\n", FILENAME, FNR, what >"/dev/stderr"
	bad = 1
	exit 1
}

{ sub(/\r$/, "") }
NR == 1 {
	if ($0 != "date,precipitation,temp_max,temp_min,wind,weather")
		refuse("other columns than expected")
	next
}
NF != 6 { refuse("not six columns") }
$1 !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/ { refuse("no date: " $1) }
$6 !~ /^[a-z]+$/ || length($6) > 16 { refuse("no weather: " $6) }
{
	for (i = 2; i <= 5; i++)
		if ($i !~ /^-?[0-9]+\.[0-9]+$/)
			refuse("no number: " $i)
	printf "\t{ .date_length = 10, .date = \"%s\", .precipitation = %s, .temp_max = %s,\n", $1, $2, $3
	printf "\t  .temp_min = %s, .wind = %s, .weather_length = %d, .weather = \"%s\" },\n",
		$4, $5, length($6), $6
}

END {
	if (bad)
		exit 1
	print "};\n"
	print "const uint32_t weather_row_count = sizeof(weather_rows) / sizeof(weather_rows[0]);"
}
